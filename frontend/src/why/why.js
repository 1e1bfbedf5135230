// @ts-check
/**
 * Why is it None, zero, not a number, not there? Tables of reasons, asked in order; the words are in i18n (`why.ID`).
 * A reason is a pure function of a question: what its words need, or `null` where it is not the reason.
 */
import { makerOf, nameOf, valueMade, valueRead } from '../alarms/reading.js';
import { noneReasons } from './none.js';
import { ask, isBad, isZero } from './question.js';
import { zeroReasons, zeroShare } from './zero.js';

/** @import {Trace} from '../model/trace.js' */
/** @import {OpRecord, TensorRecord} from '../protocol/wire' */
/** @import {Question} from './question.js' */

/** @typedef {{ id: string, holds: (q: Question) => Record<string, any> | null }} Reason `link`: what to look at next */
/** @typedef {'gradNone' | 'gradZero' | 'gradBad' | 'gradPart' | 'pythonNone' | 'valueNone' | 'valueZero' | 'valueBad' | 'valueSummary'} Asked */
/** @typedef {{ asked: Asked, reason: string, params: Record<string, any> }} Answer */

/** @type {Reason[]} */
const badGradReasons = [
  {
    id: 'gradBadFrom',
    holds: ({ trace, page, now }) => {
      const steps = (page?.ops ?? []).flatMap((op) =>
        op.vjps.filter(({ at }) => at < now).map((vjp) => ({ op, vjp })),
      );
      const first = steps
        .sort((a, b) => a.vjp.at - b.vjp.at)
        .find(({ vjp }) => vjp.contributions.some(({ value }) => isBad(value)));
      return first ? here(trace, first.op) : null;
    },
  },
  { id: 'gradBadSomewhere', holds: () => ({}) },
];

/** @type {Reason[]} */
const laterReasons = [
  {
    id: 'later',
    holds: ({ trace, maker }) =>
      maker ? { name: maker.name, line: trace.lineOf(maker), link: maker.id } : null,
  },
  { id: 'laterLeaf', holds: () => ({}) },
];

/** @type {Reason[]} */
const zeroValueReasons = [
  { id: 'valueLeaf', holds: ({ maker }) => (maker ? null : {}) },
  {
    id: 'valueRectified',
    holds: ({ trace, maker }) => (maker && /relu|threshold/.test(maker.name) ? here(trace, maker) : null),
  },
  {
    id: 'valueFactor',
    holds: ({ trace, maker }) => {
      if (!maker || !/^(mul|matmul|mm|bmm|dot|mv|linear)$/.test(maker.name)) return null;
      const zero = maker.inputs.find(
        (operand) =>
          operand.tensor && isZero(valueRead(trace, operand), trace.tensor(operand.tensor)?.shape ?? []),
      );
      return zero ? { ...here(trace, maker), other: nameOf(trace, zero.tensor), link: zero.tensor } : null;
    },
  },
  { id: 'valueOp', holds: ({ trace, maker }) => here(trace, /** @type {OpRecord} */ (maker)) },
];

/** @type {Reason[]} */
const badValueReasons = [
  { id: 'valueBadLeaf', holds: ({ maker }) => (maker ? null : {}) },
  {
    id: 'valueBadFrom',
    holds: ({ trace, tensor }) => {
      let op = makerOf(trace, tensor.id);
      for (let up = op; up; up = nextBad(trace, up)) op = up;
      return op ? { ...here(trace, op), own: op.id === tensor.madeBy } : null;
    },
  },
];

/** @param {Trace} trace @param {OpRecord} op */
const here = (trace, op) => ({ name: op.name, line: trace.lineOf(op), link: op.id });

/** The op from which an op got its NaN or infinity. @param {Trace} trace @param {OpRecord} op */
function nextBad(trace, op) {
  const from = op.inputs.find((operand) => isBad(valueRead(trace, operand)));
  const maker = makerOf(trace, from?.tensor);
  return maker && isBad(valueMade(trace, maker)) ? maker : undefined;
}

/** A good part of a gradient is zero: worth a word. */
const NOTABLE = 0.25;

/** What can be asked of a tensor, and whether it is worth asking. @type {{ asked: Asked, when: (q: Question) => boolean, reasons: Reason[] }[]} */
const QUESTIONS = [
  { asked: 'valueNone', when: (q) => !q.value, reasons: laterReasons },
  { asked: 'valueBad', when: (q) => isBad(q.value), reasons: badValueReasons },
  { asked: 'valueZero', when: (q) => isZero(q.value, q.tensor.shape), reasons: zeroValueReasons },
  {
    asked: 'valueSummary',
    when: ({ value }) => Boolean(value && !value.data && !value.kept),
    reasons: [{ id: 'tooLarge', holds: () => ({}) }],
  },
  { asked: 'gradNone', when: (q) => Boolean(q.value) && !q.grad, reasons: noneReasons },
  { asked: 'gradBad', when: (q) => isBad(q.grad), reasons: badGradReasons },
  { asked: 'gradZero', when: (q) => isZero(q.grad, q.tensor.shape), reasons: zeroReasons },
  {
    asked: 'gradPart',
    when: (q) => !isBad(q.grad) && zeroShare(q) >= NOTABLE && zeroShare(q) < 1,
    reasons: zeroReasons.filter(
      ({ id }) => !['seedZero', 'cancelled', 'factor', 'localZero', 'slope'].includes(id),
    ),
  },
  {
    asked: 'pythonNone',
    when: (q) => Boolean(q.grad && q.maker && !q.tensor.grads.length),
    reasons: [{ id: 'notRetained', holds: () => ({}) }],
  },
];

/** Every answer that there is for a tensor at a moment. @param {Trace} trace @param {TensorRecord} tensor @param {number} now @returns {Answer[]} */
export function why(trace, tensor, now) {
  const q = ask(trace, tensor, now);
  return QUESTIONS.filter(({ when }) => when(q)).flatMap(({ asked, reasons }) => {
    for (const { id, holds } of reasons) {
      const params = holds(q);
      if (params)
        return [
          { asked, reason: id, params: { share: zeroShare(q), of: nameOf(trace, tensor.id), ...params } },
        ];
    }
    return [];
  });
}
