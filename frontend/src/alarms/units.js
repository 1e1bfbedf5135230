// @ts-check
/** Activations that have stopped listening: rectifiers that are all zero, squashers at their ends. */
import { countsOf, shareOf, sizeOf } from '../model/value.js';
import { nameOf, valueMade } from './reading.js';

/** @import {Trace} from '../model/trace.js' */
/** @import {OpRecord, Page} from '../protocol/wire' */
/** @import {Found} from './alarms.js' */

/** Zero for this part of everything it saw: a sparse layer is not yet a dead one. */
const DEAD = 0.95;
/** Near its end for this part. */
const SATURATED = 0.85;
/** Fewer elements say nothing. */
const ENOUGH = 8;

const RECTIFIERS = new Set(['relu', 'relu6', 'threshold', 'hardswish', 'hardsigmoid']);

/** Where an activation's slope is below three hundredths of its steepest. @type {Record<string, (y: number) => boolean>} */
const FLAT = {
  sigmoid: (y) => y < 0.0075 || y > 0.9925,
  tanh: (y) => Math.abs(y) > 0.985,
  hardtanh: (y) => Math.abs(y) >= 1,
};

/** What a sigmoid may well be sure of: a probability that is compared with a label. */
const JUDGED = new Set('binary_cross_entropy log rsub gt ge lt le round eq'.split(' '));

/** @param {Trace} trace @param {Page} page @returns {Found[]} */
export function deadUnits(trace, page) {
  return page.ops
    .filter((op) => RECTIFIERS.has(op.name) && op.phase === 'forward')
    .flatMap((op) => {
      const tensor = trace.tensor(op.outputs[0]);
      const of = sizeOf(tensor?.shape ?? []);
      const { zero } = countsOf(valueMade(trace, op));
      if (!tensor?.requiresGrad || of < ENOUGH || zero < DEAD * of) return [];
      return [found(trace, op, { zero, of, all: zero === of })];
    });
}

/** @param {Trace} trace @param {Page} page @returns {Found[]} */
export function saturated(trace, page) {
  return page.ops
    .filter((op) => FLAT[op.name] && op.phase === 'forward')
    .flatMap((op) => {
      const tensor = trace.tensor(op.outputs[0]);
      const of = sizeOf(tensor?.shape ?? []);
      if (!tensor?.requiresGrad || of < ENOUGH) return [];
      if (tensor.usedBy.some((id) => JUDGED.has(trace.op(id)?.name ?? ''))) return [];
      const share = shareOf(valueMade(trace, op), FLAT[op.name]);
      return share >= SATURATED ? [found(trace, op, { share, of })] : [];
    });
}

/** @param {Trace} trace @param {OpRecord} op @param {Record<string, unknown>} params @returns {Found} */
function found(trace, op, params) {
  const input = nameOf(trace, op.inputs[0]?.tensor);
  return {
    level: 'warning',
    at: op.at,
    op: op.id,
    line: trace.lineOf(op),
    params: { name: op.name, input, ...params },
  };
}
