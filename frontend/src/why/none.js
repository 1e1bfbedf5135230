// @ts-check
/** Why a tensor has no gradient. In this order: the first reason that holds is the answer. */
import { makerOf, nameOf, readersOn } from '../alarms/reading.js';

/** @import {Reason} from './why.js' */
/** @import {Question} from './question.js' */
/** @import {OpRecord, TensorRecord} from '../protocol/wire' */

const FLOATING = /^(float|bfloat|complex)/;

/** @type {Reason[]} */
export const noneReasons = [
  {
    id: 'notFloat',
    holds: ({ tensor, maker }) =>
      FLOATING.test(tensor.dtype) ? null : { dtype: tensor.dtype, by: maker?.name ?? '', link: null },
  },
  { id: 'isGradient', holds: ({ tensor }) => (tensor.kind === 'gradient' ? {} : null) },
  {
    id: 'detached',
    holds: ({ trace, tensor }) =>
      tensor.kind === 'detached' ? { of: nameOf(trace, tensor.viewOf), link: tensor.viewOf } : null,
  },
  { id: 'buffer', holds: ({ tensor }) => (tensor.kind === 'buffer' && !tensor.requiresGrad ? {} : null) },
  { id: 'data', holds: ({ tensor, maker }) => (!maker && !tensor.requiresGrad ? {} : null) },
  {
    id: 'noGrad',
    holds: (q) => (q.maker && !q.tensor.requiresGrad && ranUnderNoGrad(q, q.maker) ? at(q, q.maker) : null),
  },
  { id: 'cutBefore', holds: cutBefore },
  { id: 'fromData', holds: ({ tensor }) => (tensor.requiresGrad ? null : {}) },
  {
    id: 'notRead',
    holds: ({ trace, tensor, page, maker }) =>
      page && !maker && readersOn(trace, tensor, page).length === 0 ? { pass: page.n } : null,
  },
  { id: 'cleared', holds: clearedLast },
  { id: 'neverBackward', holds: neverBackward },
  { id: 'notYet', holds: ({ begun }) => (begun.length ? null : {}) },
  { id: 'cutAfter', holds: cutAfter },
  {
    id: 'unread',
    holds: (q) =>
      q.reached(q.tensor.id) || q.tensor.usedBy.length || q.begun.some(({ root }) => root === q.tensor.id)
        ? null
        : {},
  },
  {
    id: 'dropped',
    holds: (q) => (q.reached(q.tensor.id) ? null : { root: nameOf(q.trace, q.begun[0]?.root) }),
  },
  {
    id: 'failed',
    holds: (q) =>
      q.trace.error &&
      q.begun.some(({ at: began, endAt }) => began < q.now && (endAt === null || endAt < q.now)) &&
      q.trace.error.at < q.now &&
      noneArrived(q)
        ? {}
        : null,
  },
  {
    id: 'underway',
    holds: ({ begun, now }) => (begun.some(({ endAt }) => endAt === null || endAt >= now) ? {} : null),
  },
  { id: 'returned', holds: (q) => (!q.maker && noneArrived(q) ? {} : null) },
  {
    id: 'omitted',
    holds: ({ trace }) => {
      const left = trace.omitted.find(({ what }) => what === 'gradients' || what === 'ops');
      return left ? { reason: left.reason } : null;
    },
  },
  { id: 'notWanted', holds: () => ({}) },
];

/** @param {Question} q @param {OpRecord} op */
const at = ({ trace }, op) => ({ name: op.name, line: trace.lineOf(op), link: op.id });

/** An op whose inputs want gradients, and whose result does not. @param {Question} q @param {OpRecord} op */
function ranUnderNoGrad({ trace }, op) {
  const output = trace.tensor(op.outputs[0]);
  return (
    FLOATING.test(output?.dtype ?? '') &&
    !output?.requiresGrad &&
    op.inputs.some(({ tensor }) => tensor && trace.tensor(tensor)?.requiresGrad)
  );
}

/** It was made from what had been cut off before. @param {Question} q */
function cutBefore(q) {
  const { trace, tensor } = q;
  if (tensor.requiresGrad) return null;
  const seen = new Set([tensor.id]);
  const waiting = [tensor.id];
  for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
    const each = /** @type {TensorRecord} */ (trace.tensor(id));
    if (each.kind === 'detached')
      return { variant: 'detach', name: nameOf(trace, each.viewOf), line: null, link: each.id };
    const maker = makerOf(trace, id);
    if (maker && id !== tensor.id && ranUnderNoGrad(q, maker)) return { variant: 'noGrad', ...at(q, maker) };
    for (const operand of maker?.inputs ?? []) {
      if (!operand.tensor || seen.has(operand.tensor)) continue;
      seen.add(operand.tensor);
      waiting.push(operand.tensor);
    }
  }
  return null;
}

/** Its gradient was there, and was taken away. @param {Question} q */
function clearedLast({ tensor, now }) {
  const cleared = tensor.cleared.findLast((moment) => moment < now);
  const arrived = tensor.grads.findLast((grad) => grad.at < now);
  if (cleared === undefined || (arrived && arrived.at > cleared)) return null;
  return arrived ? { backward: arrived.backward } : null;
}

/** The run is over, and no backward began on this page. @param {Question} q */
function neverBackward({ trace, page, begun }) {
  if (begun.length || !page || (page.endAt === null && !trace.end)) return null;
  if (page.backwards.length) return null; // it comes later on
  return trace.error ? { variant: 'failed' } : {};
}

/** It is read, and every way from it ends before the root: where the first one is cut. @param {Question} q */
function cutAfter(q) {
  const { trace, tensor, page } = q;
  if (q.reached(tensor.id) || !page) return null;
  const detached = [...trace.tensorsById.values()].filter(({ kind }) => kind === 'detached');
  const seen = new Set([tensor.id]);
  const waiting = [tensor.id];
  for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
    const cut = detached.find(({ viewOf }) => viewOf === id);
    if (cut) return { variant: 'detach', name: nameOf(trace, id), line: null, link: cut.id };
    const read = page.branches.find((branch) => branch.tensor === id && branch.kind === 'read');
    if (read)
      return {
        variant: 'item',
        name: nameOf(trace, id),
        line: trace.site(read.site)?.line ?? null,
        link: id,
      };
    for (const op of readersOn(trace, /** @type {TensorRecord} */ (trace.tensor(id)), page)) {
      const output = trace.tensor(op.outputs[0]);
      if (output && !FLOATING.test(output.dtype)) return { variant: 'notFloat', ...at(q, op) };
      if (ranUnderNoGrad(q, op) && !op.inplace) return { variant: 'noGrad', ...at(q, op) };
      for (const out of op.outputs) {
        if (seen.has(out)) continue;
        seen.add(out);
        waiting.push(out);
      }
    }
  }
  return null;
}

/** No `.grad` of the page was written. @param {Question} q */
function noneArrived({ page, now }) {
  return !page?.leaves.some(({ grads }) => grads.some((grad) => grad.at > page.at && grad.at < now));
}
