// @ts-check
/**
 * Local derivatives as numbers: for one element of one input of an op, every element of the output that depends on it,
 * with the slope there. Upstream × slope, added up, is what the op sends back to that element. One row per op.
 */
import { indexOf, sizeOf } from './value.js';

/**
 * @typedef {object} Local an op with the numbers that it had
 * @property {string} name
 * @property {Record<string, any>} attrs
 * @property {number} input which of its inputs
 * @property {number[][]} shapes per input; `[]` for a number
 * @property {number[][]} values per input, in C order; a number is one element
 * @property {number[]} outShape
 * @property {number[]} out
 */
/** @typedef {{ to: number, slope: number }} Term `to`: the output's element, flat */
/** @typedef {(local: Local, i: number) => Term[]} Slopes terms of the input's element `i` */

/** @param {number[]} shape */
const strides = (shape) => shape.map((_, d) => sizeOf(shape.slice(d + 1)));

/** @param {number[]} index @param {number[]} shape */
const flat = (index, shape) => index.reduce((sum, at, d) => sum + at * strides(shape)[d], 0);

/** Which element of an operand meets element `to` of a result that it was stretched to. @param {number} to @param {number[]} outShape @param {number[]} shape */
function meets(to, outShape, shape) {
  const index = indexOf(to, outShape).slice(outShape.length - shape.length);
  return flat(
    index.map((at, d) => (shape[d] === 1 ? 0 : at)),
    shape,
  );
}

/** Elements of the result that an operand's element `i` was stretched to. @param {number} i @param {number[]} shape @param {number[]} outShape */
function stretchedTo(i, shape, outShape) {
  if (sizeOf(shape) === sizeOf(outShape)) return [i];
  const found = [];
  for (let to = 0; to < sizeOf(outShape); to += 1) if (meets(to, outShape, shape) === i) found.push(to);
  return found;
}

/**
 * Element by element, with broadcasting: the slope from the operands' numbers there, and the result.
 * @param {(x: number[], y: number, input: number, attrs: Record<string, any>) => number} slope @returns {Slopes}
 */
const each =
  (slope) =>
  ({ attrs, input, shapes, values, outShape, out }, i) =>
    stretchedTo(i, shapes[input], outShape).map((to) => {
      const x = shapes.map(
        (shape, k) => values[k]?.[values[k].length === 1 ? 0 : meets(to, outShape, shape)],
      );
      return { to, slope: slope(x, out[to], input, attrs) };
    });

/** The dimensions that a reduction folds. @param {Local} local @returns {number[]} */
function folded({ attrs, shapes }) {
  const { length } = shapes[0];
  const given = attrs.dim ?? shapes[0].map((_, d) => d);
  return [given].flat().map((/** @type {number} */ d) => (d < 0 ? d + length : d));
}

/** Where a reduction puts element `i`. @param {Local} local @param {number} i */
function foldedTo(local, i) {
  const dims = folded(local);
  const kept = indexOf(i, local.shapes[0]).filter((_, d) => !dims.includes(d));
  return flat(
    kept,
    local.shapes[0].filter((_, d) => !dims.includes(d)),
  );
}

/** @param {(local: Local, i: number, to: number) => number} slope @returns {Slopes} */
const reduction = (slope) => (local, i) => {
  const to = foldedTo(local, i);
  return [{ to, slope: slope(local, i, to) }];
};

/** The same numbers in the same order. @type {Slopes} */
const renamed = (_local, i) => [{ to: i, slope: 1 }];

/** Dimensions in another order. @param {(local: Local) => number[]} order of the input's dimensions in the output @returns {Slopes} */
const turned = (order) => (local, i) => {
  const index = indexOf(i, local.shapes[0]);
  return [
    {
      to: flat(
        order(local).map((d) => index[d]),
        local.outShape,
      ),
      slope: 1,
    },
  ];
};

/** @param {Local} local */
function swapped({ attrs, shapes }) {
  const order = shapes[0].map((_, d) => d);
  const [a, b] = [attrs.dim0 ?? -2, attrs.dim1 ?? -1].map((d) => (d < 0 ? d + order.length : d));
  [order[a], order[b]] = [order[b], order[a]];
  return order;
}

/** Matrix product, also of vectors and of batches that are stretched. @type {Slopes} */
function product({ input, shapes: [a, b], values, outShape }, i) {
  const [A, B] = [a.length === 1 ? [1, a[0]] : a, b.length === 1 ? [b[0], 1] : b];
  const [n, k, m] = [A[A.length - 2], A[A.length - 1], B[B.length - 1]];
  const batch = outShape.slice(0, outShape.length - (a.length > 1 ? 1 : 0) - (b.length > 1 ? 1 : 0));
  const own = input === 0 ? A : B;
  const at = indexOf(i, own);
  const [row, column] = at.slice(-2);
  const terms = [];
  for (let g = 0; g < sizeOf(batch); g += 1) {
    const first = batch.length ? meets(g, batch, A.slice(0, -2)) * n * k : 0;
    const second = batch.length ? meets(g, batch, B.slice(0, -2)) * k * m : 0;
    if ((input === 0 ? first : second) !== i - (row * own[own.length - 1] + column)) continue;
    if (input === 0)
      for (let c = 0; c < m; c += 1)
        terms.push({ to: g * n * m + row * m + c, slope: values[1][second + column * m + c] });
    else
      for (let r = 0; r < n; r += 1)
        terms.push({ to: g * n * m + r * m + column, slope: values[0][first + r * k + row] });
  }
  return terms;
}

/** x Wᵀ + b. @type {Slopes} */
function linear({ input, shapes: [x, w], values, outShape }, i) {
  const [m, k] = w;
  const rows = sizeOf(outShape) / m;
  if (input === 0) {
    const [row, column] = [Math.floor(i / k), i % k];
    return Array.from({ length: m }, (_, j) => ({ to: row * m + j, slope: values[1][j * k + column] }));
  }
  if (input === 2) return Array.from({ length: rows }, (_, r) => ({ to: r * m + i, slope: 1 }));
  const [j, column] = [Math.floor(i / k), i % k];
  return Array.from({ length: rows }, (_, r) => ({
    to: r * m + j,
    slope: values[0][r * x[x.length - 1] + column],
  }));
}

/** Along one dimension, every element of a row depends on every other. @param {(y: number[], i: number, j: number) => number} slope @returns {Slopes} */
const alongRow = (slope) => (local, i) => {
  const { outShape, out, attrs } = local;
  const dim = attrs.dim < 0 ? attrs.dim + outShape.length : attrs.dim;
  const [step, length] = [strides(outShape)[dim] ?? 1, outShape[dim] ?? 1];
  const at = Math.floor(i / step) % length;
  const first = i - at * step;
  const row = Array.from({ length }, (_, j) => out[first + j * step]);
  return row.map((_, j) => ({ to: first + j * step, slope: slope(row, at, j) }));
};

/** A loss of two sides, folded or not. @param {(a: number, b: number) => number} slope by the first side @param {(a: number, b: number) => number} [other] by the second @returns {Slopes} */
const loss =
  (slope, other = (a, b) => -slope(a, b)) =>
  ({ attrs, input, values, shapes }, i) => {
    const n = attrs.reduction === 'mean' ? sizeOf(shapes[0]) : 1;
    const [a, b] = [values[0][i], values[1][i]];
    return [{ to: attrs.reduction === 'none' ? i : 0, slope: (input === 0 ? slope(a, b) : other(a, b)) / n }];
  };

/** @param {number} x */
const sigmoid = (x) => 1 / (1 + Math.exp(-x));

/** Chosen or not; those that are equal share. @type {Slopes} */
const chosen = reduction(({ values, out, ...local }, i, to) => {
  if (values[0][i] !== out[to]) return 0;
  const alike = values[0].filter((x, j) => x === out[to] && foldedTo({ values, out, ...local }, j) === to);
  return 1 / alike.length;
});

/** @type {Record<string, Slopes>} */
export const slopeRows = {
  add: each((_x, _y, k, { alpha = 1 }) => (k === 0 ? 1 : alpha)),
  sub: each((_x, _y, k, { alpha = 1 }) => (k === 0 ? 1 : -alpha)),
  mul: each(([a, b], _y, k) => (k === 0 ? b : a)),
  div: each(([a, b], _y, k) => (k === 0 ? 1 / b : -a / (b * b))),
  pow: each(([a, b], y, k) => (k === 0 ? (b === 0 ? 0 : b * a ** (b - 1)) : y * Math.log(a))),
  neg: each(() => -1),
  square: each(([x]) => 2 * x),
  sqrt: each((_x, y) => 0.5 / y),
  rsqrt: each(([x], y) => (-0.5 * y) / x),
  reciprocal: each((_x, y) => -y * y),
  exp: each((_x, y) => y),
  log: each(([x]) => 1 / x),
  log1p: each(([x]) => 1 / (1 + x)),
  abs: each(([x]) => Math.sign(x)),
  sin: each(([x]) => Math.cos(x)),
  cos: each(([x]) => -Math.sin(x)),
  tanh: each((_x, y) => 1 - y * y),
  sigmoid: each((_x, y) => y * (1 - y)),
  relu: each(([x]) => (x > 0 ? 1 : 0)),
  leaky_relu: each(([x], _y, _k, { negative_slope: slope }) => (x > 0 ? 1 : slope)),
  silu: each(([x]) => sigmoid(x) * (1 + x * (1 - sigmoid(x)))),
  softplus: each(([x], _y, _k, { beta = 1 }) => sigmoid(beta * x)),
  clamp: each(([x, low, high]) => (x < (low ?? -Infinity) || x > (high ?? Infinity) ? 0 : 1)),
  where: each(([condition], _y, k) => (Boolean(condition) === (k === 1) ? 1 : 0)),
  masked_fill: each(([, mask], _y, k) => (k === 0 && !mask ? 1 : 0)),
  clone: renamed,
  view: renamed,
  reshape: renamed,
  flatten: renamed,
  squeeze: renamed,
  unsqueeze: renamed,
  expand: each(() => 1),
  transpose: turned(swapped),
  permute: turned(({ attrs, shapes }) =>
    attrs.dims.map((/** @type {number} */ d) => (d < 0 ? d + shapes[0].length : d)),
  ),
  sum: reduction(() => 1),
  mean: reduction(({ shapes, outShape }) => sizeOf(outShape) / sizeOf(shapes[0])),
  max: chosen,
  min: chosen,
  amax: chosen,
  amin: chosen,
  vector_norm: reduction(({ values, out, attrs }, i, to) => (attrs.p === 2 ? values[0][i] / out[to] : NaN)),
  matmul: product,
  linear,
  softmax: alongRow((y, i, j) => y[j] * ((i === j ? 1 : 0) - y[i])),
  log_softmax: alongRow((y, i, j) => (i === j ? 1 : 0) - Math.exp(y[i])),
  mse_loss: loss((a, b) => 2 * (a - b)),
  l1_loss: loss((a, b) => Math.sign(a - b)),
  binary_cross_entropy_with_logits: loss(
    (x, y) => sigmoid(x) - y,
    (x) => -x,
  ),
};

/** One number from all: the only slope there is, read off what came in and what went out. */
const READ_OFF = new Set([
  'nll_loss',
  'gelu',
  'elu',
  'selu',
  'mish',
  'erf',
  'tan',
  'asin',
  'acos',
  'atan',
  'hardtanh',
  'relu6',
  'hardswish',
  'masked_out',
  'getitem',
  'logsigmoid',
]);

/**
 * The terms of one element: `null` where the op's slopes are not written down.
 * @param {Local} local @param {number} i @param {number[]} upstream @param {number} sent what arrived there
 * @returns {{ terms: Term[], readOff: boolean } | null}
 */
export function termsOf(local, i, upstream, sent) {
  const row = slopeRows[local.name];
  if (row && local.values.every(Boolean)) {
    const terms = row(local, i);
    if (terms.every(({ slope }) => !Number.isNaN(slope) || !Number.isFinite(sent)))
      return { terms, readOff: false };
  }
  const single = upstream.length === 1;
  const alike = READ_OFF.has(local.name) && local.outShape.join() === local.shapes[local.input].join();
  if (!single && !alike) return null;
  const to = single ? 0 : i;
  return upstream[to] ? { terms: [{ to, slope: sent / upstream[to] }], readOff: true } : null;
}
