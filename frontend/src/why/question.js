// @ts-check
/** A question about a tensor at a moment, with what every reason wants to know worked out once. */
import { makerOf } from '../alarms/reading.js';
import { gradAt, valueAt } from '../model/trace.js';
import { countsOf, sizeOf } from '../model/value.js';

/** @import {Trace} from '../model/trace.js' */
/** @import {BackwardRecord, OpRecord, Page, TensorRecord, Value} from '../protocol/wire' */

/**
 * @typedef {object} Question
 * @property {Trace} trace
 * @property {TensorRecord} tensor
 * @property {number} now
 * @property {Page | null} page on which the clock stands
 * @property {OpRecord | undefined} maker
 * @property {Value | null} value
 * @property {Value | null} grad
 * @property {BackwardRecord[]} begun backwards of the page that have begun
 * @property {(id: string) => boolean} reached whether one of them walks over the tensor
 */

/** @param {Trace} trace @param {TensorRecord} tensor @param {number} now @returns {Question} */
export function ask(trace, tensor, now) {
  const maker = makerOf(trace, tensor.id);
  const page = (maker ? trace.page(maker.pass) : trace.pageAt(now)) ?? null;
  const begun = (page?.backwards ?? []).filter(({ at }) => at < now);
  /** @type {Set<string> | null} */
  let walked = null;
  return {
    trace,
    tensor,
    now,
    page,
    maker,
    value: valueAt(trace, tensor.id, now),
    grad: gradAt(trace, tensor.id, now),
    begun,
    reached: (id) =>
      (walked ??= upFrom(
        trace,
        begun.map(({ root }) => root),
      )).has(id),
  };
}

/** All tensors that lead to one of `roots` by ways on which a gradient travels. @param {Trace} trace @param {string[]} roots */
function upFrom(trace, roots) {
  const seen = new Set(roots);
  const waiting = [...roots];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    for (const operand of makerOf(trace, id)?.inputs ?? []) {
      const input = operand.tensor ? trace.tensor(operand.tensor) : undefined;
      if (!input?.requiresGrad || seen.has(input.id)) continue;
      seen.add(input.id);
      waiting.push(input.id);
    }
  }
  return seen;
}

/** Whether every number is exactly 0. @param {Value | null | undefined} value @param {readonly number[]} shape */
export function isZero(value, shape) {
  return Boolean(value) && sizeOf(shape) > 0 && countsOf(value).zero === sizeOf(shape);
}

/** Whether some number is a NaN or an infinity. @param {Value | null | undefined} value */
export function isBad(value) {
  const { nan, inf } = countsOf(value);
  return nan + inf > 0;
}
