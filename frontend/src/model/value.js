// @ts-check
/** What can be said of a tensor's numbers, whether they travelled whole or as a summary. */

/** @import {Numeral, Value} from '../protocol/wire' */

/** @param {Numeral | null | undefined} x */
export const toNumber = (x) => (x === null || x === undefined ? NaN : Number(x));

/** How many elements a shape has. @param {readonly number[]} shape */
export const sizeOf = (shape) => shape.reduce((product, n) => product * n, 1);

/** How many are NaN, infinite, exactly zero. @param {Value | null | undefined} value */
export function countsOf(value) {
  if (!value) return { nan: 0, inf: 0, zero: 0 };
  if (value.summary) {
    const { nan = 0, inf = 0, zero = 0 } = value.summary;
    return { nan, inf, zero };
  }
  let [nan, inf, zero] = [0, 0, 0];
  for (const x of value.data ?? []) {
    if (x === 'NaN') nan += 1;
    else if (typeof x === 'string') inf += 1;
    else if (x === 0) zero += 1;
  }
  return { nan, inf, zero };
}

/** Euclidean norm of the finite ones; NaN where nothing is known. @param {Value} value */
export function normOf({ data, summary }) {
  if (summary) return toNumber(summary.norm);
  if (!data) return NaN;
  return Math.hypot(...data.map(toNumber).filter(Number.isFinite));
}

/** Root of the mean square: a norm that does not grow with the tensor. @param {Value} value @param {readonly number[]} shape */
export function rmsOf(value, shape) {
  return normOf(value) / Math.sqrt(Math.max(1, sizeOf(shape)));
}

/** Smallest and largest of the finite ones; `null` where there are none. @param {Value | null | undefined} value */
export function rangeOf(value) {
  if (value?.summary) {
    const [min, max] = [toNumber(value.summary.min), toNumber(value.summary.max)];
    return Number.isNaN(min) ? null : { min, max };
  }
  const finite = (value?.data ?? []).map(toNumber).filter(Number.isFinite);
  return finite.length ? { min: Math.min(...finite), max: Math.max(...finite) } : null;
}

/**
 * The part of the numbers that `holds`: exact where they are here, by the middles of the histogram's bins otherwise.
 * @param {Value | null | undefined} value @param {(x: number) => boolean} holds @returns {number} NaN where nothing is known
 */
export function shareOf(value, holds) {
  if (value?.data) return value.data.filter((x) => holds(toNumber(x))).length / value.data.length;
  const range = rangeOf(value);
  const bins = value?.summary?.histogram ?? [];
  const all = bins.reduce((sum, n) => sum + n, 0);
  if (!range || !all) return NaN;
  const width = (range.max - range.min) / bins.length;
  return bins.reduce((sum, n, i) => sum + (holds(range.min + (i + 0.5) * width) ? n : 0), 0) / all;
}

/** A place in a tensor as indices. @param {number} flat in C order @param {readonly number[]} shape */
export function indexOf(flat, shape) {
  const at = [];
  for (let i = shape.length - 1, rest = flat; i >= 0; i -= 1) {
    at.unshift(rest % shape[i]);
    rest = Math.floor(rest / shape[i]);
  }
  return at;
}
