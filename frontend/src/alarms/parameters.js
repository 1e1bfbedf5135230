// @ts-check
/** Parameters that nothing teaches, and gradients that pile up over steps. */
import { nameOf } from './reading.js';

/** @import {Trace} from '../model/trace.js' */
/** @import {TensorRecord} from '../protocol/wire' */
/** @import {Found} from './alarms.js' */

/** Parameters that got no gradient in all of the run, though others did. Asked of a run that is over. @param {Trace} trace @returns {Found[]} */
export function unused(trace) {
  const parameters = [...trace.tensorsById.values()].filter(({ kind }) => kind === 'parameter');
  if (!trace.end || trace.error || !parameters.some(({ grads }) => grads.length)) return [];
  return parameters
    .filter((tensor) => tensor.grads.length === 0 && !isFed(trace, tensor))
    .map((tensor) => {
      const reader = tensor.usedBy.map((id) => trace.op(id)).find(Boolean);
      return {
        level: /** @type {'warning'} */ ('warning'),
        at: trace.length - 1,
        op: reader?.id ?? null,
        tensor: tensor.id,
        line: reader ? trace.lineOf(reader) : null,
        pass: reader?.pass ?? null,
        params: { name: nameOf(trace, tensor.id), read: Boolean(reader), shape: tensor.shape },
      };
    });
}

/** `autograd.grad` returns gradients and stores none. @param {Trace} trace @param {TensorRecord} tensor */
function isFed(trace, tensor) {
  return tensor.usedBy.some((id) => {
    const op = trace.op(id);
    return op?.vjps.some(({ contributions }) =>
      contributions.some(({ input }) => op.inputs[input]?.tensor === tensor.id),
    );
  });
}

/**
 * A step taken with a gradient that still holds what an earlier step was taken with. Accumulating over several backwards
 * and then stepping once is a method; never clearing is not.
 * @param {Trace} trace @returns {Found[]}
 */
export function neverZeroed(trace) {
  const parameters = [...trace.tensorsById.values()].filter(({ kind }) => kind === 'parameter');
  const found = parameters.flatMap((tensor) => {
    const piled = firstPiled(tensor);
    return piled ? [{ tensor, ...piled }] : [];
  });
  if (!found.length) return [];
  const first = found.reduce((a, b) => (b.at < a.at ? b : a));
  const op = first.op ? trace.op(first.op) : undefined;
  return [
    {
      level: 'warning',
      at: first.at,
      op: op?.id ?? null,
      tensor: first.tensor.id,
      line: op ? trace.lineOf(op) : null,
      pass: op?.pass ?? null,
      params: {
        name: nameOf(trace, first.tensor.id),
        count: found.length,
        cleared: parameters.some(({ cleared }) => cleared.length > 0),
      },
    },
  ];
}

/** The first write of a parameter that used a gradient from before the write before. @param {TensorRecord} tensor */
function firstPiled(tensor) {
  const moments = [
    ...tensor.grads.map(({ at, accumulated }) => ({ at, what: accumulated ? 'added' : 'arrived', op: null })),
    ...tensor.cleared.map((at) => ({ at, what: 'cleared', op: null })),
    ...tensor.values.filter(({ version }) => version > 0).map(({ at, op }) => ({ at, what: 'written', op })),
  ].sort((a, b) => a.at - b.at);
  let [used, stale] = [false, false];
  for (const { at, what, op } of moments) {
    if (what === 'cleared' || what === 'arrived') [used, stale] = [false, false];
    else if (what === 'added') stale ||= used;
    else if (stale) return { at, op };
    else used = tensor.grads.some((grad) => grad.at < at);
  }
  return null;
}
