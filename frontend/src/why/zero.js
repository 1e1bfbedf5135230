// @ts-check
/** Why a gradient is zero: the first op on the way back whose slope was, by what that op does. */
import { nameOf, valueRead } from '../alarms/reading.js';
import { countsOf, rangeOf, sizeOf } from '../model/value.js';
import { isZero } from './question.js';

/** @import {Reason} from './why.js' */
/** @import {Question} from './question.js' */
/** @import {Trace} from '../model/trace.js' */
/** @import {Contribution, OpRecord, VjpRecord} from '../protocol/wire' */

/** @typedef {{ op: OpRecord, vjp: VjpRecord, sent: Contribution }} Share what one reader sent back */
/** @typedef {{ share: Share | null, shares: Share[], further: boolean, seed: boolean }} Origin */

/** Ops by the way in which their slope is zero. @type {Record<string, string[]>} */
const KINDS = {
  rectified: ['relu', 'relu6', 'threshold', 'leaky_relu', 'hardswish', 'elu', 'selu', 'celu'],
  clamped: ['clamp', 'clip', 'hardtanh', 'hardsigmoid', 'clamp_min', 'clamp_max'],
  masked: ['where', 'masked_fill', 'masked_out', 'masked_select', 'dropout', 'tril', 'triu', 'nan_to_num'],
  notChosen: [
    'max',
    'min',
    'amax',
    'amin',
    'max_dim',
    'min_dim',
    'maximum',
    'minimum',
    'max_pool1d',
    'max_pool2d',
    'max_pool3d',
    'median',
    'topk',
    'sort',
  ],
  notPicked: [
    'getitem',
    'select',
    'narrow',
    'gather',
    'index_select',
    'embedding',
    'take',
    'unbind',
    'split',
    'chunk',
    'setitem',
  ],
  steps: ['floor', 'ceil', 'round', 'trunc', 'sign', 'heaviside', 'floor_divide'],
  flatEnd: [
    'sigmoid',
    'tanh',
    'softmax',
    'log_softmax',
    'erf',
    'exp',
    'binary_cross_entropy_with_logits',
    'cross_entropy',
  ],
  slope: [
    'pow',
    'square',
    'abs',
    'cos',
    'sin',
    'mse_loss',
    'cosh',
    'hypot',
    'norm',
    'smooth_l1_loss',
    'l1_loss',
  ],
  factor: ['mul', 'matmul', 'mm', 'bmm', 'mv', 'dot', 'linear', 'conv1d', 'conv2d', 'div', 'einsum'],
};

/** @type {Map<string, string>} */
const kindOf = new Map(Object.entries(KINDS).flatMap(([kind, names]) => names.map((name) => [name, kind])));

/** The last backward's contributions to a tensor before `now`. @param {Trace} trace @param {string} id @param {number} now @returns {Share[]} */
function sharesOf(trace, id, now) {
  const all = (trace.tensor(id)?.usedBy ?? []).flatMap((reader) => {
    const op = /** @type {OpRecord} */ (trace.op(reader));
    return op.vjps
      .filter((vjp) => vjp.at < now)
      .flatMap((vjp) =>
        vjp.contributions
          .filter(({ input }) => op.inputs[input]?.tensor === id)
          .map((sent) => ({ op, vjp, sent })),
      );
  });
  const last = Math.max(0, ...all.map(({ vjp }) => vjp.backward));
  return all.filter(({ vjp }) => vjp.backward === last);
}

/** Follows zeros against the way that they came, to the op that made the first of them. @param {Question} q @returns {Origin} */
function originOf({ trace, tensor, now }) {
  let id = tensor.id;
  const first = sharesOf(trace, id, now);
  for (let steps = 0, shares = first; ; steps += 1, shares = sharesOf(trace, id, now)) {
    const share = shares[0];
    if (!share || steps > 10_000) return { share: null, shares: first, further: steps > 0, seed: true };
    const slot = share.vjp.upstream.findIndex(Boolean);
    const output = trace.tensor(share.op.outputs[slot]);
    if (shares.length > 1 && shares.some(({ sent }) => !isZero(sent.value, trace.tensor(id)?.shape ?? [])))
      return { share, shares, further: steps > 0, seed: false };
    if (!output || !isZero(share.vjp.upstream[slot], output.shape))
      return { share, shares, further: steps > 0, seed: false };
    id = output.id;
  }
}

/** @type {WeakMap<Question, Origin>} */
const origins = new WeakMap();
/** @param {Question} q */
function origin(q) {
  const known = origins.get(q);
  if (known) return known;
  const found = originOf(q);
  origins.set(q, found);
  return found;
}

/** @param {Question} q @param {Record<string, unknown>} [more] */
function said(q, more = {}) {
  const { share, further } = origin(q);
  const op = /** @type {Share} */ (share).op;
  return {
    name: op.name,
    line: q.trace.lineOf(op),
    link: op.id,
    further,
    to: nameOf(q.trace, op.inputs[0]?.tensor),
    ...more,
  };
}

/** A reason for ops of one kind. @param {string} kind @param {(q: Question, share: Share) => Record<string, unknown> | null} [more] @returns {Reason} */
const ofKind = (kind, more = () => ({})) => ({
  id: kind,
  holds: (q) => {
    const { share } = origin(q);
    if (!share || kindOf.get(share.op.name) !== kind) return null;
    const found = more(q, share);
    return found && said(q, found);
  },
});

/** @type {Reason[]} */
export const zeroReasons = [
  { id: 'seedZero', holds: (q) => (origin(q).seed ? {} : null) },
  {
    id: 'cancelled',
    holds: (q) => {
      const { shares, share } = origin(q);
      const shape = q.trace.tensor(share?.op.inputs[share.sent.input]?.tensor ?? '')?.shape ?? [];
      return shares.length > 1 && shares.some(({ sent }) => !isZero(sent.value, shape))
        ? said(q, { names: shares.map(({ op }) => op.name).join(', '), count: shares.length })
        : null;
    },
  },
  ofKind('rectified', (q, { op }) => ({ range: rangeOf(valueRead(q.trace, op.inputs[0])) })),
  ofKind('clamped', (q, { op }) => ({ range: rangeOf(valueRead(q.trace, op.inputs[0])) })),
  ofKind('masked'),
  ofKind('notChosen'),
  ofKind('notPicked'),
  ofKind('steps'),
  ofKind('factor', (q, { op, sent }) => {
    const other = op.inputs.findIndex(
      (operand, i) =>
        i !== sent.input &&
        (operand.tensor
          ? isZero(valueRead(q.trace, operand), q.trace.tensor(operand.tensor)?.shape ?? [])
          : operand.value === 0),
    );
    if (other < 0) return null;
    const { tensor } = op.inputs[other];
    return { other: tensor ? nameOf(q.trace, tensor) : '0' };
  }),
  ofKind('flatEnd', (q, { op }) => ({ range: rangeOf(valueRead(q.trace, op.inputs[0])) })),
  ofKind('slope', (q, { op, sent }) => ({ range: rangeOf(valueRead(q.trace, op.inputs[sent.input])) })),
  { id: 'localZero', holds: (q) => (origin(q).share ? said(q) : null) },
];

/** How much of a gradient is zero, where some of it is. @param {Question} q */
export function zeroShare({ grad, tensor }) {
  return grad ? countsOf(grad).zero / Math.max(1, sizeOf(tensor.shape)) : 0;
}
