// @ts-check
/** What a node says of its numbers, in the few characters that fit. */
import { formatNumber, toFloat } from '../ui/numbers.js';

/** @import {TensorRecord, Value} from '../protocol/wire' */

/** Elements that are still listed one by one. */
const LISTED = 3;

/** `(2, 16)`; nothing for a scalar. @param {readonly number[]} shape */
export function shapeText(shape) {
  return shape.length ? shape.join('×') : '';
}

/** The numbers, or what they are like. @param {Value | null} value @param {TensorRecord} tensor @returns {string} */
export function valueText(value, { dtype }) {
  if (!value) return '';
  const { data, summary } = value;
  const digits = 3;
  if (data && data.length === 1) return formatNumber(data[0], { dtype, digits: 4 });
  if (data && data.length <= LISTED)
    return `[${data.map((x) => formatNumber(x, { dtype, digits: 2 })).join(', ')}]`;
  const bad = badCounts(value);
  if (bad) return bad;
  const { mean, std } = summary ?? (data ? momentsOf(data.map(toFloat)) : { mean: null, std: null });
  if (mean === null || mean === undefined) return '';
  if (dtype === 'bool') return `${formatNumber(toFloat(mean) * 100, { digits })} % true`;
  return `${formatNumber(mean, { digits: 2 })} ± ${formatNumber(std, { digits: 2 })}`;
}

/** Whether a gradient is shown by its length. @param {Value | null} grad */
export function isShownByNorm(grad) {
  return grad !== null && grad.data?.length !== 1;
}

/** A scalar gradient itself, else its length. @param {Value | null} grad */
export function gradText(grad) {
  if (!grad) return '–';
  if (grad.data?.length === 1) return formatNumber(grad.data[0], { dtype: 'float', digits: 4 });
  return formatNumber(normOf(grad), { digits: 3 });
}

/** Euclidean norm. @param {Value} value */
export function normOf({ data, summary }) {
  if (summary?.norm !== undefined && summary.norm !== null) return toFloat(summary.norm);
  return Math.hypot(...(data ?? []).map(toFloat));
}

/** `2 nan, 1 inf`, or nothing. @param {Value} value */
function badCounts({ data, summary }) {
  const nan = summary ? (summary.nan ?? 0) : (data ?? []).filter((x) => x === 'NaN').length;
  const inf = summary
    ? (summary.inf ?? 0)
    : (data ?? []).filter((x) => typeof x === 'string' && x !== 'NaN').length;
  return [nan && `${nan} nan`, inf && `${inf} inf`].filter(Boolean).join(', ');
}

/** Whether any number is a NaN or an infinity. @param {Value | null} value */
export function isBad(value) {
  if (!value) return false;
  if (value.summary) return Boolean(value.summary.nan || value.summary.inf);
  return value.data?.some((x) => typeof x === 'string') ?? false;
}

/** From 10⁻⁷ (0) to 10³ (1): how long a gradient's bar is; exactly zero has none. @param {Value} grad */
export function gradLevel(grad) {
  const norm = normOf(grad);
  if (!(norm > 0)) return 0;
  return Math.min(1, Math.max(0.03, (Math.log10(norm) + 7) / 10));
}

/**
 * From 10⁻⁸ (0) to 1 (1): how large a gradient is per element, on a scale of powers of ten; null where there is none.
 * @param {Value | null} grad @param {TensorRecord | null} tensor
 */
export function gradHeat(grad, tensor) {
  if (!grad) return null;
  const rms =
    normOf(grad) /
    Math.sqrt(
      Math.max(
        1,
        (tensor?.shape ?? []).reduce((product, n) => product * n, 1),
      ),
    );
  return rms > 0 ? Math.min(1, Math.max(0, (Math.log10(rms) + 8) / 8)) : 0;
}

/** Mean and population standard deviation of the finite ones. @param {number[]} numbers */
function momentsOf(numbers) {
  const finite = numbers.filter(Number.isFinite);
  if (!finite.length) return { mean: null, std: null };
  const mean = finite.reduce((sum, x) => sum + x, 0) / finite.length;
  const variance = finite.reduce((sum, x) => sum + (x - mean) ** 2, 0) / finite.length;
  return { mean, std: Math.sqrt(variance) };
}
