// @ts-check
/**
 * Which pages share a layout. A script may tell several stories (set-up, the two steps of a GAN, an evaluation); each
 * is a flip book of its own, and a page goes to the one that it has most ops in common with.
 */
import { keyOf } from '../model/compare.js';
import { FlipBook, MOST_ITEMS } from './flipbook.js';

/** @import {Trace} from '../model/trace.js' */
/** @import {Page} from '../protocol/wire' */

/** A page belongs to a book that knows at least this part of its ops. */
const IN_COMMON = 0.3;

/** @typedef {{flipbook: FlipBook, keys: Set<string>}} Volume */
/** @typedef {{volume: Volume, ops: number, matched: boolean}} Assignment */

export class Shelf {
  /** @param {Trace} trace */
  constructor(trace) {
    this.trace = trace;
    /** See FlipBook. */ this.mostItems = MOST_ITEMS;
    /** @type {Volume[]} */ this.volumes = [];
    /** @type {Map<number, Assignment>} */ this.assigned = new Map();
    /** The book last taken. @type {FlipBook | null} */ this.open = null;
  }

  /** Takes the book of a page. @param {Page} page @returns {FlipBook} */
  bookOf(page) {
    for (const earlier of this.trace.passes) {
      this.#assign(earlier);
      if (earlier === page) break;
    }
    this.open = /** @type {Assignment} */ (this.assigned.get(page.n)).volume.flipbook;
    return this.open;
  }

  /** Whether a page is in the book last taken. @param {Page} page */
  holds(page) {
    return this.assigned.get(page.n)?.volume.flipbook === this.open;
  }

  /** @param {Page} page */
  #assign(page) {
    const known = this.assigned.get(page.n);
    if (known && known.ops === page.ops.length) return;
    const keys = page.ops.filter((op) => op.phase !== 'update').map((op) => keyOf(this.trace, op));
    // A page found at home stays there; one that seemed new may turn out not to be as it grows.
    const home = known?.matched ? known.volume : this.#bestFor(keys, known?.volume);
    const volume = home ??
      known?.volume ?? { flipbook: new FlipBook(this.trace, this.mostItems), keys: new Set() };
    if (!this.volumes.includes(volume)) this.volumes.push(volume);
    for (const key of keys) volume.keys.add(key);
    this.assigned.set(page.n, { volume, ops: page.ops.length, matched: home !== null });
  }

  /** @param {string[]} keys @param {Volume | undefined} own not a match for itself @returns {Volume | null} */
  #bestFor(keys, own) {
    let best = null;
    let most = keys.length * IN_COMMON;
    for (const volume of this.volumes) {
      if (volume === own) continue;
      const common = keys.reduce((count, key) => count + (volume.keys.has(key) ? 1 : 0), 0);
      if (common > most) [best, most] = [volume, common];
    }
    return best;
  }
}
