// @ts-check
/** A result larger than everything it was made from, because both sides were stretched without a word. */
import { sizeOf } from '../model/value.js';
import { makerOf, nameOf, shapeText, tensorsRead } from './reading.js';

/** @import {Trace} from '../model/trace.js' */
/** @import {OpRecord, Page, TensorRecord} from '../protocol/wire' */
/** @import {Found} from './alarms.js' */

/** Ops whose operands are lined up from the right and stretched. */
const STRETCHING = new Set(
  'add sub rsub mul div pow maximum minimum fmod remainder where eq ne lt le gt ge atan2 hypot lerp'.split(
    ' ',
  ),
);
/** Ops by which an author says that an axis is to be stretched. */
const ASKED = new Set('unsqueeze getitem view reshape expand broadcast_to einsum'.split(' '));
/** What may stand between a difference and the mean of a loss. */
const BETWEEN = new Set('pow square abs mul neg div sqrt huber smooth_l1 add'.split(' '));

/** @param {Trace} trace @param {Page} page @returns {Found[]} */
export function silentBroadcast(trace, page) {
  return page.ops
    .filter(({ phase }) => phase === 'forward')
    .flatMap((op) => {
      const sides = STRETCHING.has(op.name) ? tensorsRead(trace, op) : comparedByLoss(trace, op);
      const out = sides.length > 1 && stretched(trace, op, sides);
      if (!out) return [];
      const [a, b] = sides.filter(({ shape }) => shape.length > 0);
      const loud = /_loss$|^binary_cross|^nll/.test(op.name) || feedsLoss(trace, op);
      return [
        {
          level: /** @type {'error' | 'warning'} */ (loud ? 'error' : 'warning'),
          at: op.at,
          op: op.id,
          line: trace.lineOf(op),
          params: {
            name: op.name,
            a: nameOf(trace, a.id),
            b: nameOf(trace, b.id),
            aShape: a.shape,
            bShape: b.shape,
            shape: out,
            inLoss: loud,
            said: `${shapeText(a.shape)} · ${shapeText(b.shape)} → ${shapeText(out)}`,
          },
        },
      ];
    });
}

/** The shape that both sides were stretched to; nothing where one side has it already, or the author asked for it. @param {Trace} trace @param {OpRecord} op @param {TensorRecord[]} sides */
function stretched(trace, op, sides) {
  const shape = together(sides.map((side) => side.shape));
  if (!shape || sides.some((side) => sizeOf(side.shape) >= sizeOf(shape) || sizeOf(side.shape) === 1))
    return null;
  if (sides.some((side) => asked(trace, op, side))) return null;
  return shape;
}

/** @param {Trace} trace @param {OpRecord} op @param {TensorRecord} side */
function asked(trace, op, side) {
  const maker = makerOf(trace, side.id);
  if (!maker || !ASKED.has(maker.name)) return false;
  if (maker.name === 'getitem') return JSON.stringify(maker.attrs.key ?? '').includes('null');
  return true;
}

/** A loss stretches its two sides first, on its own line. @param {Trace} trace @param {OpRecord} op */
function comparedByLoss(trace, op) {
  if (!/_loss$|^binary_cross/.test(op.name)) return [];
  const makers = op.inputs.slice(0, 2).map(({ tensor }) => makerOf(trace, tensor));
  if (!makers.every((maker) => maker?.name === 'expand' && maker.site === op.site)) return [];
  return makers.flatMap((maker) => trace.tensor(maker?.inputs[0].tensor ?? '') ?? []);
}

/** @param {number[][]} shapes @returns {number[] | null} */
function together(shapes) {
  const length = Math.max(...shapes.map((shape) => shape.length));
  const out = [];
  for (let back = length; back >= 1; back -= 1) {
    const sizes = new Set(shapes.map((shape) => shape[shape.length - back] ?? 1).filter((n) => n !== 1));
    if (sizes.size > 1) return null;
    out.push([...sizes][0] ?? 1);
  }
  return out;
}

/** Whether what the op made is folded into one number that a gradient flows from. @param {Trace} trace @param {OpRecord} from */
function feedsLoss(trace, from) {
  let tensor = trace.tensor(from.outputs[0]);
  for (let steps = 0; tensor?.requiresGrad && steps < 6; steps += 1) {
    const reader = tensor.usedBy
      .map((id) => trace.op(id))
      .find((op) => op?.pass === from.pass && op !== from);
    if (!reader) return false;
    const next = trace.tensor(reader.outputs[0]);
    if ((reader.name === 'mean' || reader.name === 'sum') && next && sizeOf(next.shape) === 1) return true;
    if (!BETWEEN.has(reader.name)) return false;
    tensor = next;
  }
  return false;
}
