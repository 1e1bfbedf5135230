// @ts-check
/** The alarms of the run on show, looked for anew as it grows. */
import { alarmsOf, marksOf } from '../../alarms/alarms.js';
import { computed, effect, signal } from '../html.js';
import { stage } from '../picture.js';

/** @typedef {import('../../session.js').Session} Session */
/** @typedef {import('../../alarms/alarms.js').Alarm} Alarm */

/** Looking takes at most this part of the time, and waits at least this long, ms. */
const SHARE = 0.1;
const LEAST_MS = 150;

/** @type {import('@preact/signals').Signal<Alarm[]>} */
export const alarms = signal([]);
/** Whether the graph is coloured by gradient. */
export const heat = signal(false);

/** Keeps `alarms` true of the session's trace, and hangs them on the picture. @param {Session} session */
export function watchAlarms(session) {
  let timer = 0;
  let wait = LEAST_MS;
  let seen = -1;
  const look = () => {
    timer = 0;
    const trace = session.trace.value;
    if (seen === trace.length && trace.length) return;
    seen = trace.length;
    const began = performance.now();
    alarms.value = alarmsOf(trace);
    wait = Math.max(LEAST_MS, (performance.now() - began) / SHARE);
  };
  effect(() => {
    void session.clock.length.value;
    if (session.trace.value.length === 0) {
      seen = -1;
      if (alarms.peek().length) alarms.value = [];
    }
    timer ||= window.setTimeout(look, wait);
  });
  const marks = computed(() => marksOf(alarms.value, session.page.value, session.now.value));
  let hung = '';
  effect(() => {
    const made = stage.value;
    const now = [...marks.value].join();
    if (!made || now === hung) return;
    hung = now;
    made.alarm(marks.value);
  });
  effect(() => stage.value?.setHeat(heat.value));
}
