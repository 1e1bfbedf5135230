// @ts-check
/** How the dimensions of an op's operands stand against each other: which meet, which stretch, which clash, which fold. */
import { sizeOf } from './value.js';

/** @typedef {'same' | 'stretched' | 'missing' | 'clash' | 'folded' | 'free'} Fit */
/** @typedef {{ size: number | null, fit: Fit, name: string }} Dim */
/** @typedef {{ rows: Dim[][], clash: boolean, tries: Try[] }} LineUp */
/** @typedef {{ how: 'transposeSecond' | 'transposeFirst' | 'unsqueezeFirst' | 'unsqueezeSecond' | 'linearIn' | 'reshape' | 'swapEnds', params: Record<string, any> }} Try */

/** Ops that fold the last dimension of the first operand with one of the second. @type {Record<string, (shape: number[]) => number>} */
const FOLDS = {
  matmul: (shape) => Math.max(0, shape.length - 2),
  mm: (shape) => shape.length - 2,
  bmm: (shape) => shape.length - 2,
  mv: (shape) => shape.length - 1,
  dot: (shape) => shape.length - 1,
  linear: (shape) => shape.length - 1,
};

/** Names that the dimensions of some ops' operands have by convention. @type {Record<string, string[][]>} */
const NAMES = {
  conv1d: [
    ['batch', 'channels', 'length'],
    ['out', 'in', 'kernel'],
  ],
  conv2d: [
    ['batch', 'channels', 'height', 'width'],
    ['out', 'in', 'kernel h', 'kernel w'],
  ],
  max_pool2d: [['batch', 'channels', 'height', 'width']],
  avg_pool2d: [['batch', 'channels', 'height', 'width']],
  batch_norm: [['batch', 'channels', 'height', 'width']],
  linear: [['batch', 'features'], ['out', 'in'], ['out']],
  cross_entropy: [['batch', 'classes'], ['batch']],
  nll_loss: [['batch', 'classes'], ['batch']],
  embedding: [['entries', 'features']],
};

/**
 * The names of an operand's dimensions, from the right where there are more than names.
 * @param {string} op @param {number} input @param {number[]} shape @returns {string[]}
 */
export function dimNames(op, input, shape) {
  const names = NAMES[op]?.[input] ?? [];
  if (names.length >= shape.length) return names.slice(0, shape.length);
  // (batch, tokens, features): what is between the first and the last has no name of its own.
  return shape.map((_, i) =>
    i === 0 ? (names[0] ?? '') : i === shape.length - 1 ? (names.at(-1) ?? '') : '',
  );
}

/** @param {string} name of the op @param {(number[] | null)[]} shapes per operand; `null` for a number @returns {LineUp | null} */
export function lineUp(name, shapes) {
  const tensors = /** @type {number[][]} */ (shapes.filter(Boolean));
  if (tensors.length < 2) return null;
  const fold = FOLDS[name];
  return fold ? product(name, tensors[0], tensors[1], fold(tensors[1])) : side(name, tensors);
}

/** Two operands of a product. @param {string} name @param {number[]} a @param {number[]} b @param {number} inner the folded dimension of `b` @returns {LineUp} */
function product(name, a, b, inner) {
  const [last, met] = [a.length - 1, Math.max(0, inner)];
  const clash = a[last] !== b[met];
  const fit = clash ? 'clash' : 'folded';
  /** @param {number[]} shape @param {number} input @param {number} at @returns {Dim[]} */
  const row = (shape, input, at) =>
    shape.map((size, i) => ({
      size,
      fit: i === at ? fit : 'free',
      name: dimNames(name, input, shape)[i] ?? '',
    }));
  return { rows: [row(a, 0, last), row(b, 1, met)], clash, tries: clash ? productTries(name, a, b) : [] };
}

/** @param {string} name @param {number[]} a @param {number[]} b @returns {Try[]} */
function productTries(name, a, b) {
  /** @type {Try[]} */
  const tries = [];
  const wide = a[a.length - 1];
  if (name === 'linear') {
    tries.push({ how: 'linearIn', params: { n: wide, out: b[0] } });
    const rest = sizeOf(a.slice(1));
    if (a.length > 2 && rest === b[b.length - 1])
      tries.unshift({ how: 'reshape', params: { shape: [a[0], rest] } });
    return tries;
  }
  if (b.length > 1 && wide === b[b.length - 1]) tries.push({ how: 'transposeSecond', params: {} });
  if (a.length > 1 && a[a.length - 2] === b[Math.max(0, b.length - 2)])
    tries.push({ how: 'transposeFirst', params: {} });
  if (b[b.length - 1] === a[Math.max(0, a.length - 2)] && b.length > 1)
    tries.push({ how: 'swapEnds', params: {} });
  return tries;
}

/** Operands side by side, lined up from the right. @param {string} name @param {number[][]} shapes @returns {LineUp} */
function side(name, shapes) {
  const length = Math.max(...shapes.map((shape) => shape.length));
  const rows = shapes.map((shape, input) => {
    const names = dimNames(name, input, shape);
    return Array.from({ length }, (_, i) => {
      const own = i - (length - shape.length);
      const size = own < 0 ? null : shape[own];
      const sizes = shapes.map((each) => each[each.length - length + i]).filter((n) => n !== undefined);
      const largest = Math.max(...sizes);
      const clash = new Set(sizes.filter((n) => n !== 1)).size > 1;
      /** @type {Fit} */
      const fit =
        size === null
          ? 'missing'
          : clash && size !== 1
            ? 'clash'
            : size === 1 && largest > 1
              ? 'stretched'
              : 'same';
      return { size, fit, name: names[own] ?? '' };
    });
  });
  const clash = rows.some((row) => row.some(({ fit }) => fit === 'clash'));
  return { rows, clash, tries: clash ? sideTries(shapes) : [] };
}

/** @param {number[][]} shapes @returns {Try[]} */
function sideTries([a, b]) {
  /** @type {Try[]} */
  const tries = [];
  // (4, 3) and (4,): the shorter one lacks its last axis.
  if (b.length < a.length && b.every((n, i) => n === a[i]))
    tries.push({ how: 'unsqueezeSecond', params: { dim: -1 } });
  if (a.length < b.length && a.every((n, i) => n === b[i]))
    tries.push({ how: 'unsqueezeFirst', params: { dim: -1 } });
  if (a.length === 2 && b.length === 2 && a[0] === b[1] && a[1] === b[0])
    tries.push({ how: 'transposeSecond', params: {} });

  if (sizeOf(a) === sizeOf(b) && !tries.length) tries.push({ how: 'reshape', params: { shape: a } });
  return tries;
}
