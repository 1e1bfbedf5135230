// @ts-check
/**
 * The first NaN and the first infinity of a page: in forward order, where they are born, and in backward order. What
 * comes after them only passes them on.
 */
import { countsOf, indexOf, rangeOf, sizeOf } from '../model/value.js';
import { makerOf, nameOf, valueMade, valueRead } from './reading.js';

/** @import {Trace} from '../model/trace.js' */
/** @import {OpRecord, Page, Value, VjpRecord} from '../protocol/wire' */
/** @import {Found} from './alarms.js' */

/** @param {Trace} trace @param {Page} page @returns {Found[]} */
export function firstInForward(trace, page) {
  /** @type {Found[]} */
  const found = [...badLeaves(trace, page)];
  let [nan, inf] = [found.length > 0, false];
  for (const op of page.ops) {
    if (nan && inf) break;
    for (let k = 0; k < op.outputs.length; k += 1) {
      const made = countsOf(valueMade(trace, op, k));
      if (!made.nan && !made.inf) continue;
      const read = op.inputs.map((operand) => countsOf(valueRead(trace, operand)));
      const born =
        made.nan && !read.some((each) => each.nan)
          ? 'nan'
          : made.inf && !read.some((each) => each.inf || each.nan) && !wantsInfinity(op)
            ? 'inf'
            : null;
      if (!born || (born === 'nan' ? nan : inf)) continue;
      found.push(birth(trace, page, op, k, born));
      if (born === 'nan') nan = true;
      else inf = true;
    }
  }
  return found;
}

/** Data that came in with a NaN. Infinities in data are masks, mostly. @param {Trace} trace @param {Page} page @returns {Found[]} */
function badLeaves(trace, page) {
  for (const leaf of page.leaves) {
    const first = leaf.values[0];
    const { nan } = countsOf(first?.value);
    // What an update of an earlier page made is told on that page.
    if (!nan || leaf.kind === 'gradient' || leaf.madeBy || first.version > 0 || first.at < page.at) continue;
    const [reader] = leaf.usedBy.map((id) => trace.op(id)).filter((op) => op?.pass === page.n);
    const params = { what: 'leaf', name: nameOf(trace, leaf.id), nan, inf: 0, of: sizeOf(leaf.shape) };
    return [
      {
        level: 'error',
        at: first.at,
        tensor: leaf.id,
        op: null,
        line: reader ? trace.lineOf(reader) : null,
        params,
      },
    ];
  }
  return [];
}

/** @param {Trace} trace @param {Page} page @param {OpRecord} op @param {number} k @param {'nan' | 'inf'} born @returns {Found} */
function birth(trace, page, op, k, born) {
  const value = /** @type {Value} */ (valueMade(trace, op, k));
  const { nan, inf } = countsOf(value);
  const tensor = trace.tensor(op.outputs[k]);
  const shape = tensor?.shape ?? [];
  const lost = born === 'nan' || spoils(trace, page, op);
  return {
    level: lost ? 'error' : 'warning',
    at: op.at,
    op: op.id,
    line: trace.lineOf(op),
    params: {
      what: born,
      name: op.name,
      nan,
      inf,
      of: sizeOf(shape),
      variable: trace.variable(op) ?? '',
      where: whereBad(value, shape),
      inputs: argumentsAt(trace, op, value, shape),
      rule: op.name,
    },
  };
}

/** Index of the first bad element, where the numbers are here. @param {Value} value @param {number[]} shape */
function whereBad({ data }, shape) {
  const flat = (data ?? []).findIndex((x) => typeof x === 'string');
  return flat < 0 || !shape.length ? '' : `[${indexOf(flat, shape).join(', ')}]`;
}

/**
 * What the inputs were: at the first bad element where that can be told, else their range.
 * @param {Trace} trace @param {OpRecord} op @param {Value} value @param {number[]} shape
 */
function argumentsAt(trace, op, value, shape) {
  const flat = (value.data ?? []).findIndex((x) => typeof x === 'string');
  return op.inputs.map((operand) => {
    if (!operand.tensor) return { name: '', value: operand.value ?? null };
    const read = valueRead(trace, operand);
    const alike = trace.tensor(operand.tensor)?.shape.join() === shape.join();
    const name = nameOf(trace, operand.tensor);
    if (flat >= 0 && read?.data && (alike || read.data.length === 1))
      return { name, value: read.data[alike ? flat : 0] };
    const counts = countsOf(read);
    return { name, range: rangeOf(read), zero: counts.zero, inf: counts.inf };
  });
}

/** The script asked for the infinity: a mask's fill, a constant. @param {OpRecord} op */
function wantsInfinity(op) {
  const given = [...op.inputs.map(({ value }) => value), ...Object.values(op.attrs)];
  return given.some((x) => x === 'Infinity' || x === '-Infinity');
}

/** Whether the infinity reached what was differentiated, or turned into a NaN. @param {Trace} trace @param {Page} page @param {OpRecord} from */
function spoils(trace, page, from) {
  if (page.loss !== null && typeof page.loss === 'string') return true;
  return page.ops.some((op) => op.at > from.at && countsOf(valueMade(trace, op)).nan > 0);
}

/** @param {Trace} trace @param {Page} page @returns {Found[]} */
export function firstInBackward(trace, page) {
  for (const { backward } of page.backwards) {
    const steps = page.ops
      .flatMap((op) => op.vjps.filter((vjp) => vjp.backward === backward).map((vjp) => ({ op, vjp })))
      .sort((a, b) => a.vjp.at - b.vjp.at);
    const first = steps.find(({ vjp }) => turnsBad(vjp));
    if (!first) continue;
    const { op, vjp } = first;
    const sent = vjp.contributions.find(({ value }) => isBad(value));
    const { nan, inf } = countsOf(sent?.value);
    const operand = op.inputs[sent?.input ?? 0];
    const before = countsOf(valueMade(trace, op));
    const shape = trace.tensor(operand?.tensor ?? '')?.shape ?? [];
    return [
      {
        level: 'error',
        at: vjp.at,
        op: op.id,
        line: trace.lineOf(op),
        params: {
          what: nan ? 'nan' : 'inf',
          name: op.name,
          nan,
          inf,
          of: sizeOf(shape),
          to: nameOf(trace, operand?.tensor),
          inputs: [
            {
              name: nameOf(trace, operand?.tensor),
              range: rangeOf(operand ? valueRead(trace, operand) : null),
            },
          ],
          forward: before.nan + before.inf > 0,
          masked: isMaskedLater(trace, op),
          rule: op.name,
        },
      },
    ];
  }
  return [];
}

/** A `where` that throws the bad branch away does not throw its gradient away: 0 times infinity is NaN. @param {Trace} trace @param {OpRecord} op */
function isMaskedLater(trace, op) {
  const readers = (trace.tensor(op.outputs[0])?.usedBy ?? []).map((id) => trace.op(id)?.name ?? '');
  const came = op.inputs.some(({ tensor }) => makerOf(trace, tensor)?.name === 'where');
  return !came && readers.includes('where');
}

/** @param {VjpRecord} vjp */
const turnsBad = ({ upstream, contributions }) =>
  contributions.some(({ value }) => isBad(value)) && !upstream.some((value) => isBad(value));

/** @param {Value | null | undefined} value */
function isBad(value) {
  const { nan, inf } = countsOf(value);
  return nan + inf > 0;
}
