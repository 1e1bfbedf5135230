// @ts-check
/** The whole run as one slider: where each pass begins, where gradients flow back, where it went wrong. */
import { t } from '../i18n/index.js';
import { describe } from './describe.js';
import { html, useEffect, useRef, useSignalEffect } from './html.js';
import { theme } from './theme.js';

/** @typedef {import('../session.js').Session} Session */

/** Passes closer together than this many px are not told apart by lines. */
const CLOSEST_LINES = 4;
const BIG_STEP = 10;

/** @param {{ session: Session }} props */
export function Scrubber({ session }) {
  const track = useRef(/** @type {HTMLDivElement | null} */ (null));
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  const { clock } = session;
  const length = clock.length.value;
  const now = session.now.value;

  useSignalEffect(() => {
    void clock.length.value;
    void theme.value;
    if (canvas.current) paint(canvas.current, session);
  });
  useEffect(() => {
    const element = /** @type {HTMLCanvasElement} */ (canvas.current);
    const observer = new ResizeObserver(() => paint(element, session));
    observer.observe(element);
    return () => observer.disconnect();
  }, [session]);

  /** @param {PointerEvent} event */
  const seek = (event) => {
    const { left, width } = /** @type {HTMLDivElement} */ (track.current).getBoundingClientRect();
    clock.seek(Math.round(Math.min(1, Math.max(0, (event.clientX - left) / width)) * clock.length.value));
    session.followSelection();
  };
  /** @param {PointerEvent} event */
  const onPointerDown = (event) => {
    if (event.button !== 0 || clock.length.value === 0) return;
    /** @type {HTMLElement} */ (event.currentTarget).setPointerCapture(event.pointerId);
    seek(event);
  };
  /** @param {PointerEvent} event */
  const onPointerMove = (event) => {
    if (/** @type {HTMLElement} */ (event.currentTarget).hasPointerCapture(event.pointerId)) seek(event);
  };
  /** @type {Record<string, () => void>} */
  const moves = {
    ArrowRight: () => clock.step(1),
    ArrowUp: () => clock.step(1),
    ArrowLeft: () => clock.step(-1),
    ArrowDown: () => clock.step(-1),
    'Shift+ArrowRight': () => clock.stepPass(1),
    'Shift+ArrowLeft': () => clock.stepPass(-1),
    PageUp: () => clock.step(BIG_STEP),
    PageDown: () => clock.step(-BIG_STEP),
    Home: () => clock.seek(0),
    End: () => clock.seek(clock.length.value),
    ' ': () => clock.toggle(),
  };
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    const move = moves[event.shiftKey ? `Shift+${event.key}` : event.key];
    if (!move || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    move();
    session.followSelection();
  };

  const said = describe(session.trace.value, now);
  const share = length ? now / length : 0;
  return html`<div class="scrubber">
    <div
      class="scrubber-track"
      ref=${track}
      role="slider"
      tabindex="0"
      aria-label=${t('scrubber.label')}
      aria-valuemin="0"
      aria-valuemax=${length}
      aria-valuenow=${now}
      aria-valuetext=${length ? t('scrubber.value', { at: now, of: length, what: said }) : t('scrubber.empty')}
      aria-disabled=${length === 0}
      onPointerDown=${onPointerDown}
      onPointerMove=${onPointerMove}
      onKeyDown=${onKeyDown}
    >
      <canvas ref=${canvas} aria-hidden="true"></canvas>
      <div class="scrubber-done" style=${{ width: `${share * 100}%` }}></div>
      <div class="scrubber-head" style=${{ left: `${share * 100}%` }} hidden=${length === 0}></div>
    </div>
    <p class="scrubber-said" aria-hidden="true">${said}</p>
  </div>`;
}

/** @param {HTMLCanvasElement} canvas @param {Session} session */
function paint(canvas, session) {
  const trace = session.trace.value;
  const ratio = devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  if (!width || !height) return;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext('2d');
  if (!pen || trace.length === 0) return;
  pen.scale(ratio, ratio);
  const style = getComputedStyle(document.documentElement);
  /** @param {string} name */
  const token = (name) => style.getPropertyValue(name);
  const x = (/** @type {number} */ at) => (at / trace.length) * width;

  pen.fillStyle = token('--op-forward');
  pen.globalAlpha = 0.42;
  for (const page of trace.passes)
    pen.fillRect(x(page.at), height / 2 - 3, Math.max(0.5, x(page.endAt ?? trace.length) - x(page.at)), 6);
  pen.globalAlpha = 1;

  // Backward is another colour and a taller band: the difference must not rest on the colour.
  pen.fillStyle = token('--grad');
  for (const page of trace.passes)
    for (const { at, endAt } of page.backwards)
      pen.fillRect(x(at), height / 2 - 5, Math.max(1, x(endAt ?? trace.length) - x(at)), 10);

  pen.fillStyle = token('--bg-raised');
  let last = -CLOSEST_LINES;
  for (const page of trace.passes) {
    const left = x(page.at);
    if (left - last < CLOSEST_LINES) continue;
    if (left > 1) pen.fillRect(left - 0.75, 2, 1.5, height - 4);
    last = left;
  }
  pen.fillStyle = token('--bad');
  if (trace.error) pen.fillRect(Math.min(width - 3, x(trace.error.at)), 0, 3, height);
}
