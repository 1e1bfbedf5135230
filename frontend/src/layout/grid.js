// @ts-check
/**
 * An append-only layered layout on an integer grid. Items arrive in the order of execution, so all inputs of an item
 * are placed before it; an item goes below its inputs, in a column near them, and never moves again.
 *
 * Scopes nest around contiguous runs of items. An open scope owns a lane in which nothing else lies at or below its top
 * row, so it may grow; closing it freezes its rectangle. The layout of a prefix depends on that prefix alone.
 *
 * Cost per item: O(inputs + depth + probes · log row).
 */

/** @typedef {{parent: number, key: string, top: number, bottom: number, left: number, right: number,
 *    low: number, high: number, open: boolean, depth: number}} GridScope
 *  `low`/`high`: the lane lies strictly between these columns; at most one of them is finite. */

/** Columns tried on each side of the wanted one before the row's end is taken. */
const PROBES = 8;

export class Grid {
  constructor() {
    /** Per item: its rightmost column. @type {number[]} */ this.column = [];
    /** Per item: its first row. @type {number[]} */ this.row = [];
    /** Per item: columns taken, growing to the left. @type {number[]} */ this.width = [];
    /** Per item: rows taken, growing down. @type {number[]} */ this.height = [];
    /** Per item: index of its innermost scope. @type {number[]} */ this.scope = [];
    /** The first is the whole page. @type {GridScope[]} */
    this.scopes = [scopeOf(-1, '', 0, -Infinity, Infinity, 0)];
    this.scopes[0].bottom = -1;
    /** Open scopes, outermost first. @type {number[]} */ this.stack = [0];
    /** Per row: taken intervals [first, last, first, last, ...], ascending. @type {number[][]} */ this.taken =
      [];
  }

  get length() {
    return this.column.length;
  }

  /**
   * Places the next item and returns its index.
   * @param {number[]} inputs indexes of placed items
   * @param {string[]} path keys of the scopes around it, outermost first
   * @param {number} width columns, at least 1
   * @param {number} height rows, at least 1
   * @param {number[]} after placed items that it lies below too, though they do not draw it to their column
   */
  place(inputs, path, width, height, after = []) {
    this.#leaveScopesNotIn(path);
    let { row, column } = this.#wish(inputs);
    for (const item of after) row = Math.max(row, this.#bottomSeen(item) + 1);
    ({ row, column } = this.#enterScopes(path, row, column, width));
    const scope = this.stack[this.stack.length - 1];
    const { low, high, top } = this.scopes[scope];
    if (scope !== 0) row = Math.max(row, top + 1);
    column = this.#nearest(row, column, width, height, low, high);
    const item = this.column.push(column) - 1;
    this.row.push(row);
    this.width.push(width);
    this.height.push(height);
    this.scope.push(scope);
    for (let r = row; r < row + height; r++) this.#take(r, column - width + 1, column);
    this.#stretch(scope, column - width + 1, column, row + height - 1);
    return item;
  }

  /** Where an item would like to be: right below its lowest input. @param {number[]} inputs */
  #wish(inputs) {
    const last = this.length - 1;
    // An item that reads nothing placed belongs to what happens now: beside the last item.
    if (!inputs.length)
      return last < 0 ? { row: 0, column: 0 } : { row: this.row[last], column: this.column[last] };
    let row = 0;
    let oldest = inputs[0];
    let lowest = inputs[0];
    for (const input of inputs) {
      const below = this.#bottomSeen(input) + 1;
      if (below > row) [row, lowest] = [below, input];
      if (input < oldest) oldest = input;
    }
    // A join of two returns to the trunk, its older input; else wide residual graphs drift sideways for ever.
    if (inputs.length <= 2) return { row, column: this.column[inputs.length === 2 ? oldest : lowest] };
    const sum = inputs.reduce((total, input) => total + this.column[input], 0);
    return { row, column: Math.round(sum / inputs.length) };
  }

  /** Last row of an item as seen from here: that of the outermost closed scope around it. @param {number} item */
  #bottomSeen(item) {
    let bottom = this.row[item] + this.height[item] - 1;
    for (
      let scope = this.scope[item];
      scope > 0 && !this.scopes[scope].open;
      scope = this.scopes[scope].parent
    ) {
      bottom = Math.max(bottom, this.scopes[scope].bottom);
    }
    return bottom;
  }

  /** @param {string[]} path */
  #leaveScopesNotIn(path) {
    let common = 0;
    const open = this.stack.length - 1;
    while (common < open && common < path.length && this.scopes[this.stack[common + 1]].key === path[common])
      common++;
    while (this.stack.length - 1 > common) this.#close();
  }

  #close() {
    const index = /** @type {number} */ (this.stack.pop());
    const scope = this.scopes[index];
    scope.open = false;
    if (scope.left > scope.right) return;
    for (let r = scope.top; r <= scope.bottom; r++) this.#take(r, scope.left, scope.right);
    this.#stretch(scope.parent, scope.left, scope.right, scope.bottom);
  }

  /** Closes every open scope: nothing more will come. */
  finish() {
    while (this.stack.length > 1) this.#close();
  }

  /** @param {string[]} path @param {number} row @param {number} column @param {number} width */
  #enterScopes(path, row, column, width) {
    for (let depth = this.stack.length - 1; depth < path.length; depth++) {
      const parentIndex = this.stack[depth];
      const parent = this.scopes[parentIndex];
      const top = parentIndex === 0 ? row : Math.max(row, parent.top + 1);
      let { low, high } = parent;
      const [first, last] = this.#span(parent, top);
      if (first <= last) {
        const toRight =
          parent.high === Infinity && (parent.low !== -Infinity || column >= (first + last) / 2);
        if (toRight) [low, column] = [last, Math.max(column, last + width)];
        else [high, column] = [first, Math.min(column, first - 1)];
      }
      this.stack.push(this.scopes.push(scopeOf(parentIndex, path[depth], top, low, high, depth + 1)) - 1);
      row = top + 1;
    }
    return { row, column };
  }

  /** First and last column taken inside a scope at or below a row. @param {GridScope} scope @param {number} top */
  #span(scope, top) {
    let first = Infinity;
    let last = -Infinity;
    for (let r = top; r <= scope.bottom; r++) {
      const taken = this.taken[r] ?? [];
      for (let i = 0; i < taken.length; i += 2) {
        if (taken[i + 1] <= scope.low || taken[i] >= scope.high) continue;
        first = Math.min(first, taken[i]);
        last = Math.max(last, taken[i + 1]);
      }
    }
    return [first, last];
  }

  /**
   * The free column nearest to the wanted one. Lanes are open on at least one side, so there always is one.
   * @param {number} row @param {number} wanted @param {number} width @param {number} height
   * @param {number} low @param {number} high
   */
  #nearest(row, wanted, width, height, low, high) {
    const from = low + width;
    const to = high - 1;
    const clamped = Math.max(from, Math.min(to, wanted));
    const fits = (/** @type {number} */ c) =>
      c >= from && c <= to && this.#free(row, height, c - width + 1, c);
    if (fits(clamped)) return clamped;
    for (let d = 1; d <= PROBES; d++) {
      if (fits(clamped + d)) return clamped + d;
      if (fits(clamped - d)) return clamped - d;
    }
    let first = clamped;
    let last = clamped;
    for (let r = row; r < row + height; r++) {
      const taken = this.taken[r];
      if (!taken?.length) continue;
      first = Math.min(first, taken[0]);
      last = Math.max(last, taken[taken.length - 1]);
    }
    const right = last + width;
    const left = first - 1;
    if (high !== Infinity) return Math.min(left, to);
    if (low !== -Infinity) return Math.max(right, from);
    return right - clamped <= clamped - left ? right : left;
  }

  /** @param {number} row @param {number} height @param {number} first @param {number} last */
  #free(row, height, first, last) {
    for (let r = row; r < row + height; r++) {
      const taken = this.taken[r];
      if (!taken) continue;
      const i = firstReaching(taken, first);
      if (i < taken.length && taken[i] <= last) return false;
    }
    return true;
  }

  /** @param {number} row @param {number} first @param {number} last */
  #take(row, first, last) {
    const taken = (this.taken[row] ??= []);
    // Intervals that touch are joined too: rows stay short.
    const start = firstReaching(taken, first - 1);
    let end = start;
    while (end < taken.length && taken[end] <= last + 1) {
      first = Math.min(first, taken[end]);
      last = Math.max(last, taken[end + 1]);
      end += 2;
    }
    taken.splice(start, end - start, first, last);
  }

  /** @param {number} index @param {number} left @param {number} right @param {number} bottom */
  #stretch(index, left, right, bottom) {
    const scope = this.scopes[index];
    scope.left = Math.min(scope.left, left);
    scope.right = Math.max(scope.right, right);
    scope.bottom = Math.max(scope.bottom, bottom);
  }
}

/** Offset of the first interval that ends at or after a column. @param {number[]} taken @param {number} column */
function firstReaching(taken, column) {
  let low = 0;
  let high = taken.length >> 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (taken[middle * 2 + 1] < column) low = middle + 1;
    else high = middle;
  }
  return low * 2;
}

/** @param {number} parent @param {string} key @param {number} top @param {number} low @param {number} high @param {number} depth @returns {GridScope} */
function scopeOf(parent, key, top, low, high, depth) {
  return { parent, key, top, bottom: top, left: Infinity, right: -Infinity, low, high, open: true, depth };
}
