// @ts-check
/** An alarm in words: what it is, what it saw, what to try. One row per kind. */
import { shapeText } from '../../alarms/reading.js';
import { t } from '../../i18n/index.js';
import { formatNumber } from '../numbers.js';

/** @typedef {import('../../alarms/alarms.js').Alarm} Alarm */
/** @typedef {{ title: string, says: string[], tries: string[] }} Words */

/** @param {number | string | null | undefined} x */
const number = (x) => formatNumber(/** @type {number} */ (x), { digits: 3 });
/** @param {number} share */
const percent = (share) => `${formatNumber(share * 100, { digits: 3 })} %`;

/** What to try, by the op that made a number unfit. @type {Record<string, import('../../i18n/index.js').Key>} */
const REMEDIES = {
  log: 'alarm.remedy.log',
  log2: 'alarm.remedy.log',
  log10: 'alarm.remedy.log',
  log1p: 'alarm.remedy.log',
  sqrt: 'alarm.remedy.sqrt',
  rsqrt: 'alarm.remedy.sqrt',
  div: 'alarm.remedy.div',
  reciprocal: 'alarm.remedy.div',
  exp: 'alarm.remedy.exp',
  exp2: 'alarm.remedy.exp',
  sinh: 'alarm.remedy.exp',
  cosh: 'alarm.remedy.exp',
  pow: 'alarm.remedy.pow',
  norm: 'alarm.remedy.norm',
  vector_norm: 'alarm.remedy.norm',
  mul: 'alarm.remedy.mul',
  matmul: 'alarm.remedy.mul',
  sub: 'alarm.remedy.sub',
  add: 'alarm.remedy.sub',
  softmax: 'alarm.remedy.softmax',
  log_softmax: 'alarm.remedy.softmax',
  acos: 'alarm.remedy.arc',
  asin: 'alarm.remedy.arc',
};

/** @param {string} op */
function remedy(op) {
  if (/_step$/.test(op)) return t('alarm.remedy.step');
  return t(/** @type {'alarm.remedy.any'} */ (REMEDIES[op] ?? 'alarm.remedy.any'));
}

/** What an op was given: at the bad element where that is known, else its range. @param {any[]} inputs */
function given(inputs) {
  const parts = inputs.flatMap(({ name, value, range }) => {
    if (!name) return [];
    if (value !== undefined) return [t('alarm.given.value', { name, value: number(value) })];
    if (!range) return [];
    return [t('alarm.given.range', { name, min: number(range.min), max: number(range.max) })];
  });
  return parts.join(', ');
}

/** `3 are NaN and 1 is infinite`. @param {{ nan: number, inf: number }} counts */
const bad = ({ nan, inf }) =>
  [nan && t('alarm.bad.nan', { n: nan }), inf && t('alarm.bad.inf', { n: inf })]
    .filter(Boolean)
    .join(t('alarm.bad.and'));

/** @type {Record<string, (p: any) => Words>} */
const WORDS = {
  nonfinite: (p) =>
    p.what === 'leaf'
      ? {
          title: t('alarm.nonfinite.leaf', p),
          says: [t('alarm.nonfinite.leafSays', { bad: bad(p), of: p.of })],
          tries: [t('alarm.remedy.data')],
        }
      : {
          title: p.what === 'nan' ? t('alarm.nonfinite.nan', p) : t('alarm.nonfinite.inf', p),
          says: [t('alarm.nonfinite.says', { ...p, bad: bad(p), given: given(p.inputs) })],
          tries: [remedy(p.name)],
        },
  nonfiniteGrad: (p) => ({
    title: p.what === 'nan' ? t('alarm.nonfiniteGrad.nan', p) : t('alarm.nonfiniteGrad.inf', p),
    says: [
      t('alarm.nonfiniteGrad.says', { ...p, bad: bad(p), given: given(p.inputs) }),
      ...(p.forward ? [t('alarm.nonfiniteGrad.forward')] : []),
    ],
    tries: p.forward ? [] : [p.masked ? t('alarm.remedy.where') : remedy(p.name)],
  }),
  broadcast: (p) => ({
    title: p.inLoss ? t('alarm.broadcast.loss') : t('alarm.broadcast.title'),
    says: [
      t('alarm.broadcast.says', {
        a: p.a,
        b: p.b,
        aShape: shapeText(p.aShape),
        bShape: shapeText(p.bShape),
        shape: shapeText(p.shape),
      }),
      ...(p.inLoss ? [t('alarm.broadcast.lossSays')] : []),
    ],
    tries: [
      t('alarm.broadcast.squeeze', { a: p.aShape.at(-1) === 1 ? p.a : p.b }),
      ...(p.inLoss ? [] : [t('alarm.broadcast.meant')]),
    ],
  }),
  vanishing: (p) => ({
    title: t('alarm.vanishing.title'),
    says: [
      t('alarm.vanishing.says', {
        ...p,
        rms: number(p.rms),
        topRms: number(p.topRms),
        ratio: number(p.ratio),
      }),
    ],
    tries: [p.squashed > 1 ? t('alarm.vanishing.squashed', { n: p.squashed }) : t('alarm.vanishing.try')],
  }),
  exploding: (p) => ({
    title: t('alarm.exploding.title'),
    says: [
      t('alarm.exploding.says', {
        name: p.name,
        norm: number(p.norm),
        before: p.before ? number(p.before) : '',
      }),
    ],
    tries: [t('alarm.exploding.try')],
  }),
  dead: (p) => ({
    title: t('alarm.dead.title', p),
    says: [t('alarm.dead.says', { ...p, share: percent(p.zero / p.of) })],
    tries: [t('alarm.dead.try')],
  }),
  saturated: (p) => ({
    title: t('alarm.saturated.title', p),
    says: [t('alarm.saturated.says', { ...p, share: percent(p.share) })],
    tries: [t('alarm.saturated.try')],
  }),
  unused: (p) => ({
    title: t('alarm.unused.title', p),
    says: [p.read ? t('alarm.unused.read') : t('alarm.unused.unread')],
    tries: [t('alarm.unused.try')],
  }),
  piled: (p) => ({
    title: t('alarm.piled.title'),
    says: [t('alarm.piled.says', p)],
    tries: [t('alarm.piled.try')],
  }),
  transfers: (p) => ({
    title: t('alarm.transfers.title'),
    says: [t('alarm.transfers.says', { ...p, n: p.count })],
    tries: [t('alarm.transfers.try')],
  }),
  transferAgain: (p) => ({
    title: t('alarm.transferAgain.title'),
    says: [t('alarm.transferAgain.says', { ...p, n: p.count })],
    tries: [t('alarm.transferAgain.try')],
  }),
  waits: (p) => ({
    title: t('alarm.waits.title'),
    says: [t('alarm.waits.says', { n: p.count })],
    tries: [t('alarm.waits.try')],
  }),
  shape: (p) => ({
    title: t('alarm.shape.title', p),
    says: [t('alarm.shape.says')],
    tries: p.tries.length
      ? p.tries.map((/** @type {any} */ each) => shapeTry(each, p.operands))
      : [t('alarm.shape.any')],
  }),
  inplace: (p) => ({
    title: t('alarm.inplace.title'),
    says: [t('alarm.inplace.says', { ...p, line: p.line ?? null })],
    tries: [t('alarm.inplace.try', p)],
  }),
  freed: (p) => ({
    title: t('alarm.freed.title'),
    says: [t('alarm.freed.says', p)],
    tries: [t('alarm.freed.try')],
  }),
};

/** @param {import('../../model/shapes.js').Try} suggestion @param {{ name: string }[]} operands */
function shapeTry({ how, params }, operands) {
  const [a, b] = operands.map(({ name }) => name);
  const shape = params.shape ? shapeText(params.shape) : '';
  return t(/** @type {any} */ (`alarm.shape.${how}`), /** @type {never} */ ({ a, b, ...params, shape }));
}

/** @param {Alarm} alarm @returns {Words} */
export function wordsOf(alarm) {
  return WORDS[alarm.kind]({ ...alarm.params, line: alarm.line });
}
