// @ts-check
/**
 * Ways for edges that cross no box: from below a box down to the top of another, through a free column where there is
 * one, else along the gutter between two columns. A way is a list of points, dense enough to be drawn as lines.
 */
import { upperBound } from '../model/trace.js';
import { COLUMN } from './measure.js';

/** A bend has a point every so many px, within these bounds. */
const PACE = 7;
const FEWEST = 8;
const MOST = 40;
/** Height in which a line turns aside: the gap between two rows. */
const TURN = 28;
/** Radius of a line's corners. */
const RADIUS = 10;
/** Distance between lines that share a gutter, px, and how many fit. */
const LANE = 5;
const LANES = 6;

/** @typedef {{x: number, y: number}} Point */
/** An end of a way; `row` is the first row below the box it leaves, or the first of the box it reaches. @typedef {Point & {row: number}} End */

export class Router {
  constructor() {
    /** Per column: taken intervals of rows, ascending and apart. @type {Map<number, [number, number][]>} */ this.taken =
      new Map();
    /** Per gutter: the y where each lane is free again. @type {Map<number, number[]>} */ this.gutters =
      new Map();
  }

  /** Tells of a box on the grid. @param {number} first column @param {number} last column @param {number} top @param {number} bottom rows, inclusive */
  block(first, last, top, bottom) {
    for (let column = first; column <= last; column++) {
      const there = this.taken.get(column);
      if (!there) this.taken.set(column, [[top, bottom]]);
      else there.splice(firstReaching(there, top), 0, [top, bottom]);
    }
  }

  /**
   * From the middle of a box's bottom to the top of another.
   * @param {End} from @param {End} to
   * @returns {number[]} x, y, x, y, …
   */
  down(from, to) {
    if (to.row <= from.row) return step([from.x, from.y], from, to);
    if (this.#free(from, to)) return step([from.x, from.y], { x: from.x, y: to.y - TURN }, to);
    const x = this.#channel(from, to);
    const points = [from.x, from.y];
    if (x !== from.x) step(points, from, { x, y: from.y + TURN });
    return step(points, { x, y: to.y - TURN }, to);
  }

  /** From the right edge of a leaf to the left edge of its op. @param {Point} from @param {Point} to @returns {number[]} */
  across(from, to) {
    return bend([], from, to, 'across');
  }

  /** From the left edge of a leaf round to an op further down. @param {Point} from @param {Point} to @returns {number[]} */
  aside(from, to) {
    const x = from.x - 12 - this.#lane(Math.floor(from.x / COLUMN), from.y, to.y) * LANE;
    const points = [from.x, from.y];
    bend(points, { x: x + RADIUS, y: from.y }, { x, y: from.y + RADIUS }, 'corner');
    return step(points, { x, y: Math.max(to.y - TURN, from.y + RADIUS) }, to);
  }

  /** Whether the straight way meets no box. @param {End} from @param {End} to */
  #free(from, to) {
    const columns = [Math.floor(from.x / COLUMN), Math.floor(to.x / COLUMN)];
    const first = Math.min(...columns);
    const last = Math.max(...columns);
    for (let column = first; column <= last; column++) if (this.#blocked(column, from, to)) return false;
    return true;
  }

  /** @param {number} column @param {End} from @param {End} to */
  #blocked(column, from, to) {
    const taken = this.taken.get(column) ?? [];
    const next = taken[firstReaching(taken, from.row)];
    return next !== undefined && next[0] < to.row;
  }

  /** The x of a free way down: the own column, the target's, else a gutter beside the own one. @param {End} from @param {End} to */
  #channel(from, to) {
    if (!this.#blocked(Math.floor(to.x / COLUMN), from, to)) return to.x;
    if (!this.#blocked(Math.floor(from.x / COLUMN), from, to)) return from.x;
    // Leaves stand on the left, so the right side is the quieter one. The first lane is the one nearest to the box.
    const column = Math.floor(from.x / COLUMN);
    if (to.x < from.x - COLUMN / 2) return column * COLUMN + 3 - this.#lane(column, from.y, to.y) * LANE;
    return (column + 1) * COLUMN - 3 + this.#lane(column + 1, from.y, to.y) * LANE;
  }

  /** The first lane of a gutter that is free from y0 on. @param {number} gutter @param {number} y0 @param {number} y1 */
  #lane(gutter, y0, y1) {
    let lanes = this.gutters.get(gutter);
    if (!lanes) this.gutters.set(gutter, (lanes = new Array(LANES).fill(-Infinity)));
    const free = lanes.findIndex((busy) => busy <= y0);
    const lane = free < 0 ? LANES - 1 : free;
    lanes[lane] = Math.max(lanes[lane], y1);
    return lane;
  }
}

/** Index of the first interval that ends at or after a row. @param {[number, number][]} taken @param {number} row */
function firstReaching(taken, row) {
  return upperBound(taken, ([, bottom]) => bottom < row);
}

/**
 * Appends a way down that changes its column: a curve where that is near, else over, along and down with round corners.
 * @param {number[]} points @param {Point} from @param {Point} to
 */
function step(points, from, to) {
  const width = to.x - from.x;
  if (Math.abs(width) < 48 || to.y - from.y < 2 * RADIUS) return bend(points, from, to, 'down');
  const side = Math.sign(width) * RADIUS;
  const middle = (from.y + to.y) / 2 - 3;
  points.push(from.x, from.y);
  bend(points, { x: from.x, y: middle - RADIUS }, { x: from.x + side, y: middle }, 'corner down');
  return bend(points, { x: to.x - side, y: middle }, { x: to.x, y: middle + RADIUS }, 'corner', to);
}

/** Where a bend's control points lie, as parts of its width and height. */
const CONTROLS = {
  down: [0, 0.55, 1, 0.45],
  across: [0.5, 0, 0.5, 1],
  corner: [0.55, 0, 1, 0.45],
  'corner down': [0, 0.55, 0.45, 1],
};

/**
 * Appends a cubic curve to a list of points.
 * @param {number[]} points @param {Point} from @param {Point} to @param {keyof typeof CONTROLS} kind
 * @param {Point} [end] a point straight on from there
 */
function bend(points, from, to, kind, end) {
  const width = to.x - from.x;
  const height = to.y - from.y;
  if (Math.abs(width) < 0.5 && kind === 'down') {
    points.push(from.x, from.y, to.x, to.y);
    return points;
  }
  const [ax, ay, bx, by] = CONTROLS[kind];
  const pieces = Math.min(MOST, Math.max(FEWEST, Math.round(Math.hypot(width, height) / PACE)));
  for (let i = 0; i <= pieces; i++) {
    const t = i / pieces;
    const u = 1 - t;
    const [p, q, r] = [3 * u * u * t, 3 * u * t * t, t * t * t];
    points.push(from.x + width * (p * ax + q * bx + r), from.y + height * (p * ay + q * by + r));
  }
  if (end) points.push(end.x, end.y);
  return points;
}
