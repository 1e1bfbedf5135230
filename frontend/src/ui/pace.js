// @ts-check
/**
 * The speed of playback. `auto` plays the first pass slowly enough to follow and each later one faster, as the pages of
 * a flip book run together under the thumb; a pass whose graph is new slows it down again.
 */
import { keep, recall } from '../drafts.js';
import { SPEEDS } from '../clock/clock.js';
import { signal } from './html.js';

/** @typedef {import('../session.js').Session} Session */

/** How long a pass may take, in seconds: the first, the second, ... and all that follow. */
const SECONDS = [8, 4, 2, 1, 0.6, 0.4, 0.25];
/** A pass with a graph not seen before is worth at least this long. */
const NEW_GRAPH_SECONDS = 1.5;
const SLOWEST = 6;

export const auto = signal(true);

/** Takes up the speed that the reader chose last time. @param {Session} session */
export function keepSpeed(session) {
  setSpeed(session, recall('speed') ?? 'auto');
}

/** @param {Session} session @param {string} value `auto`, or steps a second */
export function setSpeed(session, value) {
  auto.value = value === 'auto';
  if (value !== 'auto') session.clock.speed.value = Number(value) || 8;
  keep('speed', value);
}

/** The next slower or faster speed. @param {Session} session @param {1 | -1} by */
export function changeSpeed(session, by) {
  const now = session.clock.speed.value;
  const faster = SPEEDS.find((speed) => speed > now);
  const slower = SPEEDS.findLast((speed) => speed < now);
  const next = by > 0 ? faster : slower;
  if (next !== undefined) setSpeed(session, String(next));
}

/**
 * Sets the clock's speed for the page on show.
 * @param {Session} session
 */
export function pace(session) {
  const { clock } = session;
  if (!auto.value) return;
  const trace = session.trace.value;
  const page = session.page.value;
  if (!page) {
    clock.speed.value = SLOWEST;
    return;
  }
  clock.speed.value = stepsPerSecond(trace, page);
}

/**
 * @param {import('../model/trace.js').Trace} trace
 * @param {import('../protocol/wire').Page} page
 */
export function stepsPerSecond(trace, page) {
  const index = trace.passes.indexOf(page);
  const last = page.endAt ?? trace.length;
  const steps = countBetween(trace.steps, page.at, last + 1);
  const isNew = page.sameAs === null;
  const usual = SECONDS[Math.min(index, SECONDS.length - 1)];
  const seconds = isNew && index > 0 ? Math.max(usual, NEW_GRAPH_SECONDS) : usual;
  return Math.max(SLOWEST, steps / seconds);
}

/** @param {number[]} sorted @param {number} from @param {number} to */
function countBetween(sorted, from, to) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] <= from) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while (end < sorted.length && sorted[end] <= to) end += 1;
  return end - low;
}
