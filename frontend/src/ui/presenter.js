// @ts-check
/**
 * For a lecture hall: large type, high contrast, a clicker's keys, and predict-then-reveal. The clock stops before a
 * gradient that has a name, asks the audience for it, and shows it when the lecturer clicks on.
 */
import { t } from '../i18n/index.js';
import { effect, html, signal, useEffect, useState } from './html.js';
import { formatNumber } from './numbers.js';

/** @typedef {import('../session.js').Session} Session */
/** @typedef {import('../model/trace.js').Trace} Trace */
/** @typedef {{ at: number, name: string, answer: number, norm: boolean, revealed: boolean }} Question `at`: the gradient's event */

export const presenting = signal(false);
/** @type {import('@preact/signals').Signal<Question | null>} */
const question = signal(null);
/** A guess this near is right, relative to the answer. */
const NEAR = 0.02;

export function togglePresenting() {
  presenting.value = !presenting.value;
}

/**
 * What there is to ask about an event.
 *
 * @param {Trace} trace
 * @param {number} at
 * @returns {Question | null} `null` where it is no gradient of something with a name
 */
export function questionAt(trace, at) {
  const event = trace.events[at];
  if (event?.type !== 'grad') return null;
  const name = trace.tensor(event.tensor)?.name;
  const { data, summary } = event.value;
  const one = data?.length === 1;
  const answer = one
    ? Number(data[0])
    : data
      ? Math.hypot(...data.map(Number))
      : Number(summary?.norm ?? NaN);
  if (!name || !Number.isFinite(answer)) return null;
  return { at, name, answer, norm: !one, revealed: false };
}

/** Whether a guess is as near as one can ask for. @param {number} guess @param {number} answer */
export const isNear = (guess, answer) => Math.abs(guess - answer) <= NEAR * Math.max(Math.abs(answer), 1e-6);

/** Stops the clock before gradients while presenting. @param {Session} session */
export function watchGradients(session) {
  /** @type {WeakMap<Trace, Set<number>>} each gradient is asked for once */
  const asked = new WeakMap();
  let before = 0;
  effect(() => {
    document.documentElement.toggleAttribute('data-presenter', presenting.value);
  });
  effect(() => {
    const now = session.now.value;
    const trace = session.trace.value;
    const from = before;
    before = now;
    const open = question.peek();
    if (!presenting.value) {
      question.value = null;
      return;
    }
    if (open && now === open.at + 1) question.value = { ...open, revealed: true };
    else if (open && now !== open.at) question.value = null;
    const oneStep = trace.steps.filter((step) => step > from && step <= now).length === 1;
    if (now <= from || !(oneStep || session.clock.playing.peek())) return;
    const known = asked.get(trace) ?? new Set();
    asked.set(trace, known);
    for (let at = from; at < now; at += 1) {
      const next = known.has(at) ? null : questionAt(trace, at);
      if (!next) continue;
      known.add(at);
      before = at;
      question.value = next;
      session.clock.seek(at);
      return;
    }
  });
}

/** @param {{ session: Session }} props */
export function Prediction({ session }) {
  const asked = question.value;
  const [guess, setGuess] = useState('');
  const at = asked?.at;
  useEffect(() => setGuess(''), [at]);
  if (!asked) return null;
  const { name, answer, norm, revealed } = asked;
  /** @param {Event} event */
  const reveal = (event) => {
    event.preventDefault();
    session.clock.step(1);
  };
  const said = guess.trim() === '' ? NaN : Number(guess);
  return html`<section class="prediction" aria-label=${t('predict.label')}>
    <p class="prediction-question" role="status">
      ${t(norm ? 'predict.norm' : 'predict.value', { name })}
      ${revealed && html` <strong>${formatNumber(answer)}</strong>`}
    </p>
    ${
      revealed
        ? Number.isFinite(said) &&
          html`<p>
            ${t(isNear(said, answer) ? 'predict.right' : 'predict.other', { guess: formatNumber(said) })}
          </p>`
        : html`<form onSubmit=${reveal}>
            <label for="guess">${t('predict.guess')}</label>
            <input
              id="guess"
              inputmode="decimal"
              autocomplete="off"
              value=${guess}
              onInput=${(/** @type {InputEvent} */ event) =>
                setGuess(/** @type {HTMLInputElement} */ (event.target).value)}
              onKeyDown=${(/** @type {KeyboardEvent} */ event) => event.key === 'PageDown' && reveal(event)}
            />
            <button type="submit" class="run">${t('predict.reveal')}</button>
          </form>`
    }
  </section>`;
}
