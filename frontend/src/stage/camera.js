// @ts-check
/**
 * Where the stage looks: screen = world · k + (x, y), in CSS px. It glides to a target that the action sets, and lets
 * go of the action as soon as the reader takes hold of it.
 */

/** @typedef {{x: number, y: number, k: number}} View */
/** @typedef {{left: number, top: number, right: number, bottom: number}} Bounds */

export const MIN_ZOOM = 0.02;
export const MAX_ZOOM = 4;
/** Zoom at which text reads well, and below which following does not go. */
export const READING_ZOOM = 1;
const FOLLOW_ZOOM = 0.72;
/** The camera covers most of the way to its target in about three times this, ms. */
const GLIDE = 120;
/** Space kept around what is fitted, px; above it there is more, for the caption and the tools. */
const MARGIN = 40;
const TOP = 60;

export class Camera {
  constructor() {
    this.x = 0;
    this.y = 0;
    this.k = 1;
    /** @type {View} */ this.target = { x: 0, y: 0, k: 1 };
    this.width = 0;
    this.height = 0;
    /** The action leads; false once the reader has panned or zoomed. */
    this.following = true;
    this.reducedMotion = false;
  }

  /** @param {number} width @param {number} height CSS px */
  resize(width, height) {
    const dx = this.width ? (width - this.width) / 2 : 0;
    this.width = width;
    this.height = height;
    this.x += dx;
    this.target.x += dx;
  }

  /** What is in view, in world px. @returns {Bounds} */
  get bounds() {
    const { x, y, k, width, height } = this;
    return { left: -x / k, top: -y / k, right: (width - x) / k, bottom: (height - y) / k };
  }

  /** @param {number} sx @param {number} sy */
  toWorld(sx, sy) {
    return { x: (sx - this.x) / this.k, y: (sy - this.y) / this.k };
  }

  /** Glides on. @param {number} elapsed ms @returns {boolean} whether it is still moving */
  glide(elapsed) {
    const { target } = this;
    const share = this.reducedMotion ? 1 : 1 - Math.exp(-elapsed / GLIDE);
    const zoom = Math.log(target.k / this.k);
    const dx = target.x - this.x;
    const dy = target.y - this.y;
    if (Math.abs(zoom) < 5e-4 && Math.abs(dx) < 0.2 && Math.abs(dy) < 0.2) {
      this.x = target.x;
      this.y = target.y;
      this.k = target.k;
      return false;
    }
    this.k *= Math.exp(zoom * share);
    this.x += dx * share;
    this.y += dy * share;
    return true;
  }

  /** Goes to the target at once. */
  settle() {
    Object.assign(this, this.target);
  }

  /** The reader drags. @param {number} dx @param {number} dy */
  pan(dx, dy) {
    this.following = false;
    this.x += dx;
    this.y += dy;
    this.target = { x: this.x, y: this.y, k: this.k };
  }

  /** Looks elsewhere at once, without letting go of where it was going. @param {number} dx @param {number} dy */
  shift(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.target = { ...this.target, x: this.target.x + dx, y: this.target.y + dy };
  }

  /** Zooms about a point of the screen. @param {number} factor @param {number} sx @param {number} sy @param {boolean} [glide] */
  zoomAt(factor, sx, sy, glide = false) {
    this.following = false;
    const from = glide ? this.target : this;
    const k = clamp(from.k * factor, MIN_ZOOM, MAX_ZOOM);
    const ratio = k / from.k;
    this.target = { k, x: sx - (sx - from.x) * ratio, y: sy - (sy - from.y) * ratio };
    if (!glide) this.settle();
  }

  /** Shows all of it, no larger than reading needs. @param {Bounds} bounds */
  fit(bounds) {
    this.target = this.#fitted(bounds, 0);
  }

  /**
   * Lets the action lead: everything while that is readable, else the newest thing at reading size.
   * @param {Bounds} all what is on the page so far @param {Bounds} newest
   */
  follow(all, newest) {
    if (!this.following) return;
    const whole = this.#fitted(all, 0);
    if (whole.k >= FOLLOW_ZOOM) {
      this.target = whole;
      return;
    }
    const k = FOLLOW_ZOOM + 0.13;
    const { width, height } = this;
    // The newest thing may wander in the middle of the view before the view goes after it.
    const centre = { x: (newest.left + newest.right) / 2, y: (newest.top + newest.bottom) / 2 };
    const same = Math.abs(this.target.k / k - 1) < 0.02;
    const screen = { x: centre.x * k + this.target.x, y: centre.y * k + this.target.y };
    const x = same ? clamp(screen.x, width * 0.36, width * 0.64) : width / 2;
    const y = same ? clamp(screen.y, height * 0.3, height * 0.62) : height * 0.5;
    this.target = {
      k,
      x: within(x - centre.x * k, all.left * k, all.right * k, width),
      y: within(y - centre.y * k, all.top * k, all.bottom * k, height, TOP),
    };
  }

  /** Brings something into view with as little motion as that takes. @param {Bounds} box */
  reveal(box) {
    const k = Math.max(this.target.k, 0.6);
    const ratio = k / this.target.k;
    let x = this.width / 2 - (this.width / 2 - this.target.x) * ratio;
    let y = this.height / 2 - (this.height / 2 - this.target.y) * ratio;
    x += slide(box.left * k + x, box.right * k + x, this.width);
    y += slide(box.top * k + y, box.bottom * k + y, this.height, TOP);
    this.target = { x, y, k };
  }

  /** @param {Bounds} bounds @param {number} smallest @returns {View} */
  #fitted({ left, top, right, bottom }, smallest) {
    const room = {
      width: Math.max(40, this.width - 2 * MARGIN),
      height: Math.max(40, this.height - TOP - MARGIN),
    };
    const wanted = Math.min(room.width / Math.max(1, right - left), room.height / Math.max(1, bottom - top));
    const k = clamp(wanted, Math.max(MIN_ZOOM, smallest), READING_ZOOM * 1.15);
    const middle = (this.height + TOP - MARGIN) / 2;
    return { k, x: this.width / 2 - ((left + right) / 2) * k, y: middle - ((top + bottom) / 2) * k };
  }
}

/** An offset at which [from, to] fills the view as far as it goes, or stands in its middle. @param {number} offset @param {number} from @param {number} to @param {number} size @param {number} [before] */
function within(offset, from, to, size, before = MARGIN) {
  if (to - from < size - before - MARGIN) return (size + before - MARGIN - from - to) / 2;
  return clamp(offset, size - MARGIN - to, before - from);
}

/** How far to move so that [from, to] lies inside [before, size - margin]. @param {number} from @param {number} to @param {number} size @param {number} [before] */
function slide(from, to, size, before = MARGIN) {
  if (from < before) return before - from;
  if (to > size - MARGIN) return size - MARGIN - to;
  return 0;
}

/** @param {number} x @param {number} low @param {number} high */
function clamp(x, low, high) {
  return Math.min(Math.max(x, low), high);
}
