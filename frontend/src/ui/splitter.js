// @ts-check
/** A border between panels that can be dragged, or moved with the arrow keys. */
import { t } from '../i18n/index.js';
import { keep, recall } from '../drafts.js';
import { html, signal } from './html.js';

/**
 * Each border sets one custom property of the workspace, in px; `grows` is the pointer direction that makes it larger.
 * @type {Record<string, { axis: 'x' | 'y', grows: 1 | -1, min: number, max: number, start: number }>}
 */
const borders = {
  left: { axis: 'x', grows: 1, min: 260, max: 720, start: 440 },
  right: { axis: 'x', grows: -1, min: 260, max: 560, start: 332 },
  foot: { axis: 'y', grows: -1, min: 140, max: 640, start: 220 },
};
const STEP = 24;
/** @type {Record<'x' | 'y', Record<string, number>>} */
const ways = { x: { ArrowLeft: -1, ArrowRight: 1 }, y: { ArrowUp: -1, ArrowDown: 1 } };

const sizes = Object.fromEntries(
  Object.entries(borders).map(([name, { start }]) => [
    name,
    signal(Number(recall(`split.${name}`)) || start),
  ]),
);

/** @param {string} name @param {number} size */
function resize(name, size) {
  const { min, max } = borders[name];
  sizes[name].value = Math.round(Math.min(max, Math.max(min, size)));
  keep(`split.${name}`, String(sizes[name].value));
}

/** @param {{ name: string }} props */
export function Splitter({ name }) {
  const { axis, grows, min, max } = borders[name];
  const size = sizes[name].value;
  document.documentElement.style.setProperty(`--${name}`, `${size}px`);

  /** @param {PointerEvent} down */
  const onPointerDown = (down) => {
    const handle = /** @type {HTMLElement} */ (down.currentTarget);
    const from = axis === 'x' ? down.clientX : down.clientY;
    handle.setPointerCapture(down.pointerId);
    /** @param {PointerEvent} move */
    const onMove = (move) =>
      resize(name, size + ((axis === 'x' ? move.clientX : move.clientY) - from) * grows);
    handle.addEventListener('pointermove', onMove);
    handle.addEventListener('lostpointercapture', () => handle.removeEventListener('pointermove', onMove), {
      once: true,
    });
  };
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    const move = ways[axis][event.key];
    if (!move) return;
    event.preventDefault();
    resize(name, size + move * grows * STEP);
  };
  return html`<div
    class=${`splitter splitter-${name}`}
    role="separator"
    tabindex="0"
    aria-orientation=${axis === 'x' ? 'vertical' : 'horizontal'}
    aria-label=${t('split.label')}
    aria-valuenow=${size}
    aria-valuemin=${min}
    aria-valuemax=${max}
    onPointerDown=${onPointerDown}
    onKeyDown=${onKeyDown}
    onDblClick=${() => resize(name, borders[name].start)}
  ></div>`;
}
