// @ts-check
/**
 * One layout for all pages of a run, so that flipping never moves what is on both.
 *
 * The pages' ops are merged into one order: an op that an earlier page had (by its key) is met again, a new one is
 * inserted after its predecessor. A page's own ops are a subsequence of that order, and the grid's layout of a prefix
 * depends on the prefix alone; so what a page has shown stays where it is while the page grows.
 */
import { keyOf } from '../model/compare.js';
import { Grid } from './grid.js';
import { rowsFor } from './measure.js';

/** @import {Trace} from '../model/trace.js' */
/** @import {OpRecord, Page, TensorRecord} from '../protocol/wire' */

/**
 * What a page's op is an instance of.
 * @typedef {object} Entry
 * @property {string} key
 * @property {number} position in the merged order
 * @property {Set<Entry>} inputs
 * @property {OpRecord} op the first that was met
 * @property {Set<Entry>} after entries beside which the leaves stand that it reads too
 * @property {string[]} path keys of its scopes, outermost first
 * @property {number} leaves how many leaves stand beside it, at most, on any page
 * @property {Item | null} item where it is, once laid out
 */

/**
 * A place on the grid: an entry's, or that of a whole folded scope.
 * @typedef {object} Item
 * @property {number} index in the grid
 * @property {string | null} fold key of the folded scope
 * @property {Entry[]} entries
 * @property {Item[]} inputs
 */

/** More boxes than this on one page, and scopes are folded, the innermost first. */
export const MOST_ITEMS = 60;
/** Folding to fewer boxes than this hides the story; only a very large page is folded so far. */
const FEWEST_ITEMS = 5;
const VERY_LARGE = 400;
/** From this reading on, a leaf that is not a weight stands beside its reader again instead of being wired to it. */
const WIRES = 3;

/** The entry beside which a leaf stands, and how often it was read since. @typedef {{entry: Entry, readings: number}} Host */

export class FlipBook {
  /** @param {Trace} trace @param {number} [mostItems] more boxes than this, and scopes fold */
  constructor(trace, mostItems = MOST_ITEMS) {
    this.trace = trace;
    this.mostItems = mostItems;
    /** In merged order. @type {Entry[]} */ this.entries = [];
    /** @type {Map<string, Entry>} */ this.byKey = new Map();
    /** @type {Map<string, Entry>} */ this.entryOfOp = new Map();
    /** Leaves that stand beside an op: those it is the first on its page to read, and weights each time. @type {Map<string, TensorRecord[]>} */
    this.leavesOfOp = new Map();
    /** Per page: how many of its ops are merged, the last entry met, and beside which entry each leaf stands. @type {Map<number, {ops: number, last: Entry | null, hosts: Map<string, Host>}>} */
    this.merged = new Map();
    /** Scopes that the reader folded, and those the reader opened. @type {Set<string>} */ this.closed =
      new Set();
    /** @type {Set<string>} */ this.opened = new Set();
    /** Scopes this deep are folded unless the reader opened them; from 1. */ this.level = Infinity;
    /** How many entries the level was chosen for. */ this.weighed = 0;
    this.grid = new Grid();
    /** @type {Item[]} */ this.items = [];
    /** How many entries are laid out. */ this.placed = 0;
    /** Grows whenever something placed was placed anew. */ this.edition = 0;
    /** @type {Map<number, string[]>} */ this.paths = new Map();
  }

  /** Takes in the ops of a page that came since last time. @param {Page} page */
  include(page) {
    let state = this.merged.get(page.n);
    if (!state) this.merged.set(page.n, (state = { ops: 0, last: null, hosts: new Map() }));
    for (; state.ops < page.ops.length; state.ops++) {
      const op = page.ops[state.ops];
      if (op.phase === 'update') continue;
      const entry = this.#meet(op, state.last);
      state.last = entry;
      this.entryOfOp.set(op.id, entry);
      this.#readInputs(page, op, entry, state.hosts);
    }
  }

  /** Folds or opens a scope. @param {string} key @param {boolean} fold */
  setFolded(key, fold) {
    (fold ? this.closed : this.opened).add(key);
    (fold ? this.opened : this.closed).delete(key);
    this.#forget(0);
  }

  /** The outermost folded scope of a path. @param {string[]} path @returns {string | null} */
  foldOf(path) {
    for (let i = 0; i < path.length; i++) {
      if (this.closed.has(path[i]) || (i + 1 >= this.level && !this.opened.has(path[i]))) return path[i];
    }
    return null;
  }

  /** Lays out what is not laid out yet. */
  settle() {
    this.#weigh();
    for (; this.placed < this.entries.length; this.placed++) this.#place(this.entries[this.placed]);
  }

  /** Keys of the scopes around an op, outermost first. @param {number | null} scope */
  pathOf(scope) {
    if (scope === null) return [];
    let path = this.paths.get(scope);
    if (!path) {
      let key = '';
      path = this.trace
        .scopePath(scope)
        .map(({ name, call = 0 }) => (key += `/${name}${call ? `#${call}` : ''}`));
      this.paths.set(scope, path);
    }
    return path;
  }

  /** Folds as many levels as it takes to stay readable; once folded by itself, a level stays so. */
  #weigh() {
    if (this.entries.length <= this.mostItems || this.entries.length === this.weighed) return;
    this.weighed = this.entries.length;
    const deepest = this.entries.reduce((depth, { path }) => Math.max(depth, path.length), 0);
    let level = Math.min(this.level, deepest + 1);
    while (level > 1 && this.#itemsAt(level) > this.mostItems) level--;
    if (this.entries.length < VERY_LARGE && this.#itemsAt(level) < FEWEST_ITEMS) return;
    if (level > deepest || level === this.level) return;
    this.level = level;
    this.#forget(0);
  }

  /** How many boxes there are when every scope this deep is folded. @param {number} level */
  #itemsAt(level) {
    let items = 0;
    let last = '';
    for (const { path } of this.entries) {
      const fold = path[level - 1] ?? '';
      if (!fold || fold !== last) items++;
      last = fold;
    }
    return items;
  }

  /** The entry of an op, made after `last` if there is none further on. @param {OpRecord} op @param {Entry | null} last */
  #meet(op, last) {
    const after = last ? last.position : -1;
    let key = keyOf(this.trace, op);
    for (let entry = this.byKey.get(key); entry; entry = this.byKey.get(key)) {
      if (entry.position > after) return entry;
      key += '~'; // met before in this page's order: this is another one
    }
    /** @type {Entry} */
    const entry = {
      key,
      op,
      position: after + 1,
      inputs: new Set(),
      after: new Set(),
      path: this.pathOf(op.scope),
      leaves: 0,
      item: null,
    };
    this.byKey.set(key, entry);
    if (entry.position === this.entries.length) this.entries.push(entry);
    else this.#insert(entry);
    return entry;
  }

  /** @param {Entry} entry */
  #insert(entry) {
    this.#forget(entry.position);
    this.entries.splice(entry.position, 0, entry);
    for (let i = entry.position + 1; i < this.entries.length; i++) this.entries[i].position = i;
  }

  /** @param {Page} page @param {OpRecord} op @param {Entry} entry @param {Map<string, Host>} hosts */
  #readInputs(page, op, entry, hosts) {
    const before = entry.inputs.size + entry.after.size;
    /** @type {TensorRecord[]} */
    const leaves = [];
    for (const operand of op.inputs) {
      const tensor = operand.tensor ? this.trace.tensor(operand.tensor) : undefined;
      if (!tensor) continue;
      const writer = this.trace.writerOf(operand);
      const source = writer === null ? undefined : this.entryOfOp.get(writer);
      if (source && this.trace.op(/** @type {string} */ (writer))?.pass === page.n) {
        if (source.position < entry.position) entry.inputs.add(source);
        continue;
      }
      const host = hosts.get(tensor.id);
      if (host && host.readings++ < WIRES - 1 && !isWeight(tensor)) {
        if (host.entry.position < entry.position) entry.after.add(host.entry);
        continue;
      }
      if (!host) hosts.set(tensor.id, { entry, readings: 0 });
      if (!leaves.includes(tensor)) leaves.push(tensor);
    }
    if (leaves.length) this.leavesOfOp.set(op.id, leaves);
    if (entry.inputs.size + entry.after.size === before && leaves.length <= entry.leaves) return;
    entry.leaves = Math.max(entry.leaves, leaves.length);
    this.#forget(entry.position);
  }

  /** Everything from a position on must be laid out again. @param {number} position */
  #forget(position) {
    if (position >= this.placed) return;
    this.grid = new Grid();
    this.items = [];
    this.placed = 0;
    this.edition++;
  }

  /** @param {Entry} entry */
  #place(entry) {
    const fold = this.foldOf(entry.path);
    const last = this.items.at(-1);
    if (fold !== null && last?.fold === fold) {
      last.entries.push(entry);
      entry.item = last;
      return;
    }
    const inputs = fold === null ? itemsOf(entry.inputs) : itemsOf(this.#inputsOfRun(entry.position, fold));
    const path = fold === null ? entry.path : entry.path.slice(0, entry.path.indexOf(fold));
    const width = fold === null && entry.leaves ? 2 : 1;
    const height = rowsFor(fold === null ? entry.leaves : 0);
    const indexes = inputs.map((item) => item.index);
    const after = itemsOf(entry.after).map((item) => item.index);
    const index = this.grid.place(indexes, path, width, height, fold === null ? after : []);
    entry.item = { index, fold, entries: [entry], inputs };
    this.items.push(entry.item);
  }

  /** What a folded run of entries reads from before it. @param {number} start @param {string} fold */
  #inputsOfRun(start, fold) {
    const inputs = new Set();
    for (let i = start; i < this.entries.length && this.entries[i].path.includes(fold); i++) {
      for (const input of this.entries[i].inputs) if (input.position < start) inputs.add(input);
    }
    return inputs;
  }
}

/** Weights are shared by many readers; wires from one to all would cover the page. @param {TensorRecord} tensor */
function isWeight({ kind, shape }) {
  return (kind === 'parameter' || kind === 'buffer') && shape.length > 0;
}

/** @param {Set<Entry>} entries @returns {Item[]} */
function itemsOf(entries) {
  return [...new Set([...entries].map((entry) => /** @type {Item} */ (entry.item)))];
}
