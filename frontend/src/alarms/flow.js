// @ts-check
/** Gradients that vanish or explode on their way back: the parameters of a backward, ranked. */
import { countsOf, normOf, rmsOf, toNumber } from '../model/value.js';
import { nameOf } from './reading.js';

/** @import {Trace} from '../model/trace.js' */
/** @import {Page, TensorRecord} from '../protocol/wire' */
/** @import {Found} from './alarms.js' */

/** A weight that gets less than this part of what the best-served one gets learns nothing beside it. */
const VANISHED = 1e-4;
/** ... unless it is still as large as this (root mean square). */
const STILL_FELT = 1e-4;
/** Gradients this large (root mean square) throw a parameter of ordinary size far away in one step. */
const EXPLODED = 1e3;
/** ... or a norm this many times that of the pass before. */
const JUMPED = 1e3;

/**
 * @typedef {object} Share what one parameter got
 * @property {TensorRecord} tensor
 * @property {string} name
 * @property {number} norm
 * @property {number} rms
 * @property {number} at
 */

/** What is no number comes first. @param {number} rms */
const rank = (rms) => (Number.isFinite(rms) ? rms : Infinity);

/** What each parameter of a page got by its last backward, largest first. @param {Trace} trace @param {Page} page @returns {Share[]} */
export function gradientFlow(trace, page) {
  const from = page.at;
  const until = page.endAt ?? Infinity;
  return page.leaves
    .filter(({ kind }) => kind === 'parameter')
    .flatMap((tensor) => {
      const last = tensor.grads.findLast(({ at }) => at > from && at < until);
      if (!last) return [];
      const { nan, inf } = countsOf(last.value);
      const norm = nan + inf ? NaN : normOf(last.value);
      return [
        {
          tensor,
          name: nameOf(trace, tensor.id),
          norm,
          rms: nan + inf ? NaN : rmsOf(last.value, tensor.shape),
          at: last.at,
        },
      ];
    })
    .sort((a, b) => rank(b.rms) - rank(a.rms));
}

/** Biases and scales may rightly get nothing (before a normalisation, under a softmax); weights may not. @param {Share} share */
const isWeight = ({ tensor }) => tensor.shape.length >= 2;

/** @param {Trace} trace @param {Page} page @returns {Found[]} */
export function vanishing(trace, page) {
  if (page.endAt === null) return [];
  const weights = gradientFlow(trace, page).filter(isWeight);
  if (weights.length < 3) return [];
  const [top, low] = [weights[0], weights[weights.length - 1]];
  if (!(low.rms < VANISHED * top.rms && low.rms < STILL_FELT)) return [];
  const faint = weights.filter(({ rms }) => rms < VANISHED * top.rms);
  const reader = low.tensor.usedBy.map((id) => trace.op(id)).find((op) => op?.pass === page.n);
  return [
    {
      level: 'warning',
      at: Math.max(...weights.map(({ at }) => at)),
      op: reader?.id ?? null,
      tensor: low.tensor.id,
      line: reader ? trace.lineOf(reader) : null,
      params: {
        name: low.name,
        rms: low.rms,
        top: top.name,
        topRms: top.rms,
        ratio: low.rms / top.rms,
        count: faint.length,
        of: weights.length,
        squashed: page.ops.filter(({ name }) => name === 'sigmoid' || name === 'tanh').length,
      },
    },
  ];
}

/** @param {Trace} trace @param {Page} page @returns {Found[]} */
export function exploding(trace, page) {
  if (page.endAt === null) return [];
  const shares = gradientFlow(trace, page).filter(({ rms }) => Number.isFinite(rms));
  if (!shares.length) return [];
  const [top] = shares;
  const before = normBefore(trace, page, top.tensor);
  const jumped = before > 0 && top.norm > JUMPED * before && top.rms > 1;
  if (!(top.rms > EXPLODED || jumped)) return [];
  const reader = top.tensor.usedBy.map((id) => trace.op(id)).find((op) => op?.pass === page.n);
  return [
    {
      level: 'warning',
      at: top.at,
      op: reader?.id ?? null,
      tensor: top.tensor.id,
      line: reader ? trace.lineOf(reader) : null,
      params: { name: top.name, norm: top.norm, before: jumped ? before : null, loss: toNumber(page.loss) },
    },
  ];
}

/** @param {Trace} trace @param {Page} page @param {TensorRecord} tensor */
function normBefore(trace, page, tensor) {
  const last = tensor.grads.findLast(({ at }) => at < page.at);
  return last ? normOf(last.value) : 0;
}
