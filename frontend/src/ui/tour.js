// @ts-check
/** Two minutes around the page, on the first visit or when asked for. Nothing is blocked meanwhile: what is shown can be tried. */
import { keep, recall } from '../drafts.js';
import { t } from '../i18n/index.js';
import { effect, html, signal, useEffect, useLayoutEffect, useRef, useState } from './html.js';
import { show } from './layout.js';

/** @typedef {import('../session.js').Session} Session */
/**
 * A stop of the tour.
 * @typedef {object} Stop
 * @property {string} at the element that it is about
 * @property {string} [panel] is brought to the front for it
 * @property {import('../i18n/index.js').Key} title
 * @property {import('../i18n/index.js').Key} says
 * @property {(session: Session) => void} [act] what going on does, where the visitor has not done it
 * @property {(session: Session) => void} [arrive] what is done on coming there, so that there is something to see
 * @property {(session: Session) => boolean} [done] the visitor has done what it asks for: it goes on by itself
 */

/** @type {Stop[]} */
const stops = [
  { at: '.panel-code', panel: 'code', title: 'tour.code.title', says: 'tour.code.says' },
  {
    at: '.topbar .run',
    title: 'tour.run.title',
    says: 'tour.run.says',
    act: (session) => void session.start(),
    done: (session) => session.clock.length.value > 0,
  },
  { at: '.panel-graph', panel: 'graph', title: 'tour.graph.title', says: 'tour.graph.says' },
  { at: '.timebar', panel: 'graph', title: 'tour.time.title', says: 'tour.time.says' },
  {
    at: '.panel-inspect',
    panel: 'inspect',
    title: 'tour.inspect.title',
    says: 'tour.inspect.says',
    arrive: pickOne,
  },
  { at: '.examples', title: 'tour.examples.title', says: 'tour.examples.says' },
  { at: '.topbar-end', title: 'tour.end.title', says: 'tour.end.says' },
];

/** `null`: not on tour; `-1`: the visitor is asked whether to. @type {import('@preact/signals').Signal<number | null>} */
const stop = signal(null);

/** Asks a visitor who is here for the first time. */
export function welcome() {
  if (recall('tour') === null) stop.value = -1;
}

export function startTour() {
  stop.value = 0;
}

function leave() {
  stop.value = null;
  keep('tour', 'seen');
}

/** Selects an op for a visitor who has selected nothing. @param {Session} session */
function pickOne(session) {
  const op = session.page.value?.ops.find(({ at }) => at < session.now.value);
  if (op && session.selection.value === null) session.select(op.id);
}

/** @param {{ session: Session }} props */
export function Tour({ session }) {
  const n = stop.value;
  if (n === null) return null;
  if (n < 0) return html`<${Invitation} />`;
  return html`<${Card} key=${n} n=${n} session=${session} />`;
}

function Invitation() {
  return html`<aside class="tour tour-invitation" aria-labelledby="tour-title">
    <h2 id="tour-title">${t('tour.welcome.title')}</h2>
    <p>${t('tour.welcome.says')}</p>
    <div class="tour-foot">
      <button type="button" class="small-button" onClick=${leave}>${t('tour.skip')}</button>
      <button type="button" class="run" onClick=${startTour}>${t('tour.start')}</button>
    </div>
  </aside>`;
}

/** @param {{ n: number, session: Session }} props */
function Card({ n, session }) {
  const card = useRef(/** @type {HTMLElement | null} */ (null));
  const [place, setPlace] = useState({ left: 16, top: 16 });
  const { at, panel, title, says, act, arrive, done } = stops[n];
  const last = n === stops.length - 1;

  const go = (/** @type {number} */ to) => {
    if (to >= stops.length) leave();
    else stop.value = to;
  };
  const next = () => {
    if (!done?.(session)) act?.(session);
    go(n + 1);
  };

  useLayoutEffect(() => {
    if (panel) show(panel);
    const target = document.querySelector(at);
    target?.setAttribute('data-tour', '');
    const settle = () => target && card.current && setPlace(beside(target, card.current));
    const frame = requestAnimationFrame(settle);
    addEventListener('resize', settle);
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener('resize', settle);
      target?.removeAttribute('data-tour');
    };
  }, [at, panel]);
  useEffect(() => {
    card.current?.querySelector('h2')?.focus();
    arrive?.(session);
    if (!done || done(session)) return undefined;
    return effect(() => {
      if (done(session)) queueMicrotask(() => stop.peek() === n && go(n + 1));
    });
  }, [n]);

  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    leave();
  };
  return html`<div
    class="tour"
    ref=${card}
    role="dialog"
    aria-labelledby="tour-title"
    aria-describedby="tour-says"
    style=${{ left: `${place.left}px`, top: `${place.top}px` }}
    onKeyDown=${onKeyDown}
  >
    <h2 id="tour-title" tabindex="-1">${t(title)}</h2>
    <p id="tour-says">${t(says)}</p>
    <div class="tour-foot">
      <span class="note">${t('tour.step', { n: n + 1, of: stops.length })}</span>
      ${!last && html`<button type="button" class="text-button" onClick=${leave}>${t('tour.leave')}</button>`}
      ${n > 0 && html`<button type="button" class="small-button" onClick=${() => go(n - 1)}>${t('tour.back')}</button>`}
      <button type="button" class="run" onClick=${next}>${last ? t('tour.done') : t('tour.next')}</button>
    </div>
  </div>`;
}

const GAP = 12;

/** Where a card stands beside an element: where there is most room, and never out of the window. @param {Element} target @param {HTMLElement} card */
function beside(target, card) {
  const box = target.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = card;
  const room = {
    right: innerWidth - box.right - GAP - width,
    left: box.left - GAP - width,
    below: innerHeight - box.bottom - GAP - height,
    above: box.top - GAP - height,
  };
  const side = /** @type {(keyof typeof room)[]} */ (['right', 'left', 'below', 'above']).find(
    (each) => room[each] >= 0,
  );
  const within = (/** @type {number} */ x, /** @type {number} */ most) =>
    Math.max(GAP, Math.min(x, most - GAP));
  const left = side === 'right' ? box.right + GAP : side === 'left' ? box.left - GAP - width : box.left + GAP;
  const top = side === 'below' ? box.bottom + GAP : side === 'above' ? box.top - GAP - height : box.top + GAP;
  // No side has room: over its lower part.
  const over = side === undefined ? box.bottom - height - GAP : top;
  return { left: within(left, innerWidth - width), top: within(over, innerHeight - height) };
}
