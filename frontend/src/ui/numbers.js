// @ts-check
/** Numbers, shapes and amounts as a reader likes them. */

/** @typedef {number | 'NaN' | 'Infinity' | '-Infinity'} WireNumber */

const MINUS = '−';
/** @type {Record<string, string>} */
const SPECIAL = { NaN: 'nan', Infinity: 'inf', '-Infinity': `${MINUS}inf` };

/**
 * The float that a wire number stands for.
 *
 * @param {WireNumber | boolean | null | undefined} wire
 * @returns {number} NaN where there is none
 */
export function toFloat(wire) {
  return wire === null || wire === undefined ? NaN : Number(wire);
}

/**
 * A number in few characters: whole numbers whole, others to `digits` significant ones.
 *
 * @param {WireNumber | null | undefined} wire
 * @param {{ dtype?: string, digits?: number, most?: number }} [options] with a floating `dtype`, 6 reads `6.0` and
 *   not `6`; from `most` on, numbers are written with an exponent
 */
export function formatNumber(wire, { dtype = '', digits = 4, most = 1e7 } = {}) {
  if (wire === null || wire === undefined) return '–';
  if (typeof wire === 'string') return SPECIAL[wire] ?? wire;
  if (dtype === 'bool') return wire ? 'True' : 'False';
  if (Number.isNaN(wire) || !Number.isFinite(wire)) return SPECIAL[String(wire)];
  const size = Math.abs(wire);
  let text;
  const isFloat = /^b?float/.test(dtype);
  if (Number.isInteger(wire) && size < (isFloat ? 1e6 : most))
    text = isFloat ? size.toFixed(1) : String(size);
  else if (size >= Math.min(most, 1e6) || size < 1e-4) text = tidyExponent(size.toExponential(digits - 1));
  else text = trimZeros(size.toPrecision(Math.max(digits, Math.floor(Math.log10(size)) + 1)));
  return wire < 0 ? MINUS + text : text;
}

/** @param {string} text */
function trimZeros(text) {
  return text.includes('.') ? text.replace(/0+$/, '').replace(/\.$/, '.0') : text;
}

/** @param {string} text */
function tidyExponent(text) {
  const [mantissa, exponent] = text.split('e');
  const short = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa;
  return `${short}e${exponent.replace('+', '').replace('-', MINUS)}`;
}

/**
 * @param {readonly number[]} shape
 * @returns {string} `2 × 3`; a scalar has no numbers to show and reads `scalar`
 */
export function formatShape(shape) {
  return shape.length === 0 ? 'scalar' : shape.join(' × ');
}

/** @param {readonly number[]} shape */
export function elements(shape) {
  return shape.reduce((product, size) => product * size, 1);
}

/** @param {number} bytes */
export function formatBytes(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  const units = ['KiB', 'MiB', 'GiB'];
  let amount = bytes / 1024;
  let unit = 0;
  for (; amount >= 1024 && unit < units.length - 1; unit += 1) amount /= 1024;
  return `${amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${units[unit]}`;
}

/** @param {number} nanoseconds */
export function formatTime(nanoseconds) {
  if (nanoseconds < 1e3) return `${nanoseconds} ns`;
  if (nanoseconds < 1e6) return `${(nanoseconds / 1e3).toFixed(1)} µs`;
  if (nanoseconds < 1e9) return `${(nanoseconds / 1e6).toFixed(1)} ms`;
  return `${(nanoseconds / 1e9).toFixed(2)} s`;
}

/** @param {number} count */
export function formatCount(count) {
  return count.toLocaleString('en-US').replaceAll(',', ' ');
}
