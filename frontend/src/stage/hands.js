// @ts-check
/** What the reader's hands do on the canvas: drag, wheel, pinch, click, double click, hover. */

/** @typedef {object} Held what the hands move
 * @property {(dx: number, dy: number) => void} panned CSS px
 * @property {(factor: number, x: number, y: number) => void} zoomedAt
 * @property {(x: number, y: number) => void} clicked
 * @property {(x: number, y: number) => void} doubleClicked
 * @property {(point: {x: number, y: number} | null) => void} hovered */

/** A press that moves less than this is a click, px. */
const STILL = 4;
/** Wheel travel that doubles the zoom, px; a trackpad's pinch arrives as small wheel steps with ctrl. */
const WHEEL_DOUBLES = 420;
const PINCH_DOUBLES = 90;
/** A wheel's line, px. */
const LINE_HEIGHT = 18;

export class Hands {
  /** @param {HTMLCanvasElement} canvas @param {Held} held */
  constructor(canvas, held) {
    this.canvas = canvas;
    this.held = held;
    /** Fingers down. @type {Map<number, {x: number, y: number}>} */ this.fingers = new Map();
    this.travelled = 0;
    this.ended = new AbortController();
    const { signal } = this.ended;
    canvas.addEventListener('pointerdown', (event) => this.#down(event), { signal });
    canvas.addEventListener('pointermove', (event) => this.#move(event), { signal });
    canvas.addEventListener('pointerup', (event) => this.#up(event, true), { signal });
    canvas.addEventListener('pointercancel', (event) => this.#up(event, false), { signal });
    canvas.addEventListener('pointerleave', () => this.held.hovered(null), { signal });
    canvas.addEventListener('wheel', (event) => this.#wheel(event), { signal, passive: false });
    canvas.addEventListener('dblclick', (event) => this.held.doubleClicked(event.offsetX, event.offsetY), {
      signal,
    });
  }

  destroy() {
    this.ended.abort();
  }

  /** @param {PointerEvent} event */
  #down(event) {
    if (event.button > 1) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.fingers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    if (this.fingers.size === 1) this.travelled = 0;
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const finger = this.fingers.get(event.pointerId);
    if (!finger) return this.held.hovered({ x: event.offsetX, y: event.offsetY });
    const [dx, dy] = [event.offsetX - finger.x, event.offsetY - finger.y];
    this.travelled += Math.hypot(dx, dy);
    const others = [...this.fingers].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
    if (others.length) {
      const [other] = others;
      const before = Math.hypot(finger.x - other.x, finger.y - other.y);
      const after = Math.hypot(event.offsetX - other.x, event.offsetY - other.y);
      this.held.panned(dx / 2, dy / 2);
      const middle = { x: (event.offsetX + other.x) / 2, y: (event.offsetY + other.y) / 2 };
      if (before > 1) this.held.zoomedAt(after / before, middle.x, middle.y);
    } else if (this.travelled > STILL) this.held.panned(dx, dy);
    finger.x = event.offsetX;
    finger.y = event.offsetY;
  }

  /** @param {PointerEvent} event @param {boolean} clicks */
  #up(event, clicks) {
    const alone = this.fingers.size === 1;
    if (!this.fingers.delete(event.pointerId)) return;
    if (clicks && alone && this.travelled <= STILL) this.held.clicked(event.offsetX, event.offsetY);
  }

  /** @param {WheelEvent} event */
  #wheel(event) {
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE_HEIGHT : 1;
    const doubles = event.ctrlKey ? PINCH_DOUBLES : WHEEL_DOUBLES;
    if (event.shiftKey) return this.held.panned(-(event.deltaX || event.deltaY) * unit, 0);
    const travel = Math.max(-240, Math.min(240, event.deltaY * unit));
    this.held.zoomedAt(2 ** (-travel / doubles), event.offsetX, event.offsetY);
  }
}
