// @ts-check
/** Draws a picture with the 2D canvas: where WebGL2 is missing, and the same picture all the same. */
import { FLAG } from './looks.js';
import { BOX_FLOATS, PIECE_FLOATS } from './picture.js';
import { css, INK } from './theme.js';

/** @import {Picture, Label} from './picture.js' */
/** @import {Theme} from './theme.js' */
/** @import {View} from './camera.js' */
/** @import {Face} from './text.js' */

export class CanvasRenderer {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    const context = canvas.getContext('2d', { alpha: false });
    if (!context) throw new Error('This browser offers neither WebGL2 nor a 2D canvas.');
    this.context = context;
    /** @type {Theme} */ this.theme = { colours: [], ui: 'sans-serif', mono: 'monospace' };
    /** @type {string[]} */ this.inks = [];
  }

  /** @param {Theme} theme */
  setTheme(theme) {
    this.theme = theme;
    this.inks = theme.colours.map((rgb) => css(rgb));
  }

  /** @param {number} width @param {number} height device px */
  resize(width, height) {
    this.canvas.width = width;
    this.canvas.height = height;
  }

  /** Text is drawn anew every time. */
  blurred() {
    return false;
  }

  /** @param {Picture} picture @param {View} view @param {number} ratio @param {number} now ms */
  draw(picture, view, ratio, now) {
    const { context: c } = this;
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.globalAlpha = 1;
    c.fillStyle = this.inks[INK.bg];
    c.fillRect(0, 0, this.canvas.width, this.canvas.height);
    const k = view.k * ratio;
    c.setTransform(k, 0, 0, k, Math.round(view.x * ratio), Math.round(view.y * ratio));
    this.pixel = 1 / k;
    this.#boxes(picture.scopes.data, picture.scopes.length, now);
    this.#edges(picture.edges.data, picture.edges.length, now);
    this.#boxes(picture.boxes.data, picture.boxes.length, now);
    for (const label of picture.labels) this.#label(label, now);
  }

  /** @param {Float32Array} data @param {number} length @param {number} now */
  #boxes(data, length, now) {
    for (let i = 0; i < length; i += BOX_FLOATS) {
      if (data[i + 4] <= now) this.#box(data.subarray(i, i + BOX_FLOATS), now);
    }
  }

  /** @param {Float32Array} record @param {number} now */
  #box(record, now) {
    const [
      x,
      y,
      width,
      height,
      birth,
      gradBirth,
      level,
      split,
      fill,
      line,
      grad,
      accent,
      radius,
      stroke,
      alpha,
      flags,
    ] = record;
    const { context: c, inks, pixel = 1 } = this;
    const age = Math.min(1, (now - birth) / 260);
    const grown = flags & FLAG.still ? 1 : 0.6 + 0.4 * easeOut(age);
    c.save();
    c.globalAlpha = alpha * easeOut(age);
    c.translate(x + width / 2, y + height / 2);
    c.scale(grown, grown);
    c.translate(-width / 2, -height / 2);
    c.beginPath();
    c.roundRect(0, 0, width, height, radius);
    c.fillStyle = inks[fill];
    if (!(flags & FLAG.hollow)) c.fill();
    c.save();
    c.clip();
    if (split < height) {
      const strip = height - split;
      c.fillStyle = inks[INK.sunken];
      c.fillRect(0, split, width, strip);
      if (level >= 0) {
        const arrived = easeOut(Math.min(1, Math.max(0, (now - gradBirth) / 320)));
        c.fillStyle = inks[INK.gradFill];
        c.fillRect(0, split, width * arrived, strip);
        c.fillStyle = inks[grad];
        c.fillRect(0, height - 3, width * level * arrived, 3);
      } else this.#hatch(width, split, strip);
    }
    if (flags & FLAG.bar) {
      c.fillStyle = inks[accent];
      c.fillRect(0, 0, 4, height);
    }
    c.restore();
    c.beginPath();
    c.roundRect(0, 0, width, height, radius);
    c.lineWidth = Math.max(stroke, pixel);
    c.strokeStyle = inks[line];
    c.setLineDash(flags & FLAG.dashed ? [5, 3] : []);
    c.stroke();
    c.setLineDash([]);
    if (flags & FLAG.double) this.#ring(4, width, height, radius - 3, 1);
    c.strokeStyle = inks[accent];
    if (flags & FLAG.halo) this.#ring(-3, width, height, radius + 3, 2);
    c.restore();
  }

  /** Nothing computed: hatched, unlike any number. @param {number} width @param {number} top @param {number} height */
  #hatch(width, top, height) {
    const { context: c } = this;
    c.strokeStyle = this.inks[INK.line];
    c.lineWidth = 1;
    c.beginPath();
    for (let x = -height; x < width; x += 7) {
      c.moveTo(x, top + height);
      c.lineTo(x + height, top);
    }
    c.stroke();
  }

  /** @param {number} inset @param {number} width @param {number} height @param {number} radius @param {number} stroke */
  #ring(inset, width, height, radius, stroke) {
    const { context: c } = this;
    c.beginPath();
    c.roundRect(inset, inset, width - 2 * inset, height - 2 * inset, Math.max(0, radius));
    c.lineWidth = stroke;
    c.stroke();
  }

  /** @param {Float32Array} data @param {number} length @param {number} now */
  #edges(data, length, now) {
    const { context: c, inks, pixel = 1 } = this;
    c.lineCap = 'round';
    for (let i = 0; i < length; i += PIECE_FLOATS) {
      const [x0, y0, x1, y1, s0, , whole, kind, birth, pulse, ink, alpha] = data.subarray(
        i,
        i + PIECE_FLOATS,
      );
      if (birth > now || s0 > easeOut((now - birth) / 240) * whole) continue;
      const t = (now - pulse) / 420;
      const near = t > 0 && t < 1 && Math.abs(s0 - (1 - t) * whole) < 30;
      c.globalAlpha = alpha;
      c.strokeStyle = c.fillStyle = inks[near ? INK.edgeGrad : t >= 0 && t < 1 ? INK.edge : ink];
      c.lineWidth = Math.max(1.4, 1.1 * pixel) * (near ? 2.4 : 1);
      c.beginPath();
      if (kind === 1) this.#arrow(x0, y0, x1, y1);
      else {
        c.moveTo(x0, y0);
        c.lineTo(x1, y1);
        c.stroke();
      }
    }
    c.globalAlpha = 1;
  }

  /** @param {number} x0 @param {number} y0 @param {number} x1 @param {number} y1 */
  #arrow(x0, y0, x1, y1) {
    const { context: c } = this;
    const size = Math.hypot(x1 - x0, y1 - y0) || 1;
    const [dx, dy] = [((x1 - x0) / size) * 8, ((y1 - y0) / size) * 8];
    c.moveTo(x1, y1);
    c.lineTo(x1 - dx + dy * 0.48, y1 - dy - dx * 0.48);
    c.lineTo(x1 - dx - dy * 0.48, y1 - dy + dx * 0.48);
    c.fill();
  }

  /** @param {Label} label @param {number} now */
  #label({ text, face, size, x, y, align, room, ink, birth, alpha }, now) {
    const { context: c, theme } = this;
    const age = Math.max(0, Math.min(1, (now - birth - 90) / 220));
    if (!age) return;
    c.globalAlpha = alpha * easeOut(age);
    c.font = `${WEIGHTS[face]} ${size}px ${face === 'mono' ? theme.mono : theme.ui}`;
    c.fillStyle = this.inks[ink];
    c.textAlign = align === 0 ? 'left' : align === 1 ? 'right' : 'center';
    let shown = text;
    while (shown.length > 1 && c.measureText(shown).width > room) shown = `${shown.slice(0, -2)}…`;
    c.fillText(shown, x, y);
    c.globalAlpha = 1;
  }

  /** What was last drawn, as a PNG. @returns {Promise<Blob | null>} */
  snapshot() {
    return new Promise((resolve) => this.canvas.toBlob(resolve, 'image/png'));
  }

  destroy() {}
}

/** @type {Record<Face, number>} */
const WEIGHTS = { ui: 400, bold: 600, mono: 450 };

/** @param {number} t */
function easeOut(t) {
  const u = 1 - Math.max(0, Math.min(1, t));
  return 1 - u * u * u;
}
