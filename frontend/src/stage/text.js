// @ts-check
/**
 * Text as pictures: each label is drawn once, at the very size in device pixels at which it is shown, into one canvas
 * (the atlas) that the renderer uploads. So text is as crisp as the browser's own, kerning included.
 */

/** @typedef {{x: number, y: number, width: number, height: number, ascent: number}} Glyphs place in the atlas, device px */
/** @typedef {'ui' | 'bold' | 'mono'} Face */

const SIZE = 2048;
/** Transparent pixels around a label, so that neighbours never bleed in. */
const PAD = 2;

export class Atlas {
  constructor() {
    this.canvas = document.createElement('canvas');
    this.canvas.width = this.canvas.height = SIZE;
    const context = this.canvas.getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('This browser offers no 2D canvas, so labels cannot be drawn.');
    this.context = context;
    /** @type {Record<Face, string>} */ this.faces = {
      ui: 'sans-serif',
      bold: 'sans-serif',
      mono: 'monospace',
    };
    /** @type {Map<string, Glyphs>} */ this.labels = new Map();
    /** @type {Map<string, number>} */ this.widths = new Map();
    /** @type {Map<string, string>} */ this.shortened = new Map();
    this.pen = { x: 0, y: 0, row: 0 };
    /** Rows that changed since the last upload. */
    this.dirty = { top: 0, bottom: SIZE };
    /** A label found no room. */
    this.full = false;
    this.clear();
  }

  /** Forgets every label, e.g. because it is full or the fonts changed. */
  clear() {
    this.labels.clear();
    this.context.clearRect(0, 0, SIZE, SIZE);
    this.context.fillStyle = '#fff';
    this.context.textBaseline = 'alphabetic';
    this.pen = { x: 0, y: 0, row: 0 };
    this.dirty = { top: 0, bottom: SIZE };
    this.full = false;
  }

  /** @param {string} ui @param {string} mono font families */
  setFonts(ui, mono) {
    this.faces = { ui, bold: ui, mono };
    this.widths.clear();
    this.shortened.clear();
    this.clear();
  }

  /** @param {Face} face @param {number} size px */
  font(face, size) {
    return `${face === 'bold' ? 600 : face === 'mono' ? 450 : 400} ${size}px ${this.faces[face]}`;
  }

  /** Width of a text at size 1. @param {string} text @param {Face} face */
  measure(text, face) {
    const key = `${face} ${text}`;
    let width = this.widths.get(key);
    if (width === undefined) {
      this.context.font = this.font(face, 100);
      width = this.context.measureText(text).width / 100;
      this.widths.set(key, width);
    }
    return width;
  }

  /** The text, or its beginning and an ellipsis where it is too wide. @param {string} text @param {Face} face @param {number} room in units of its size */
  shorten(text, face, room) {
    if (this.measure(text, face) <= room) return text;
    const key = `${face} ${room.toFixed(2)} ${text}`;
    let short = this.shortened.get(key);
    if (short === undefined) {
      let end = text.length - 1;
      while (end > 0 && this.measure(`${text.slice(0, end)}…`, face) > room) end--;
      short = end ? `${text.slice(0, end)}…` : '';
      this.shortened.set(key, short);
    }
    return short;
  }

  /** A label's place in the atlas; null when there is no room left. @param {string} text @param {Face} face @param {number} size device px */
  label(text, face, size) {
    const key = `${size} ${face} ${text}`;
    const known = this.labels.get(key);
    if (known) return known;
    const width = Math.ceil(this.measure(text, face) * size) + 2 * PAD;
    const height = Math.ceil(size * 1.4) + 2 * PAD;
    const { pen } = this;
    if (pen.x + width > SIZE) [pen.x, pen.y, pen.row] = [0, pen.y + pen.row, 0];
    if (pen.y + height > SIZE) {
      this.full = true;
      return null;
    }
    const ascent = Math.round(size * 1.05) + PAD;
    this.context.font = this.font(face, size);
    this.context.fillText(text, pen.x + PAD, pen.y + ascent);
    const glyphs = { x: pen.x, y: pen.y, width, height, ascent };
    this.labels.set(key, glyphs);
    this.dirty.top = Math.min(this.dirty.top, pen.y);
    this.dirty.bottom = Math.max(this.dirty.bottom, pen.y + height);
    pen.x += width;
    pen.row = Math.max(pen.row, height);
    return glyphs;
  }

  /** Coverage of the rows that changed since last time, one byte a pixel. */
  takeDirty() {
    const top = Math.max(0, this.dirty.top);
    const bottom = Math.min(SIZE, this.dirty.bottom);
    this.dirty = { top: SIZE, bottom: 0 };
    if (bottom <= top) return null;
    const { data } = this.context.getImageData(0, top, SIZE, bottom - top);
    const coverage = new Uint8Array(SIZE * (bottom - top));
    for (let i = 0; i < coverage.length; i++) coverage[i] = data[i * 4 + 3];
    return { top, rows: bottom - top, coverage };
  }
}

export const ATLAS_SIZE = SIZE;
export const ATLAS_PAD = PAD;
