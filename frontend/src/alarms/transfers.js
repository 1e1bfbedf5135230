// @ts-check
/** Tensors carried between devices again and again, and a GPU made to wait for Python. */
import { nameOf } from './reading.js';

/** @import {Trace} from '../model/trace.js' */
/** @import {OpRecord, Page} from '../protocol/wire' */
/** @import {Found} from './alarms.js' */

/** As many transfers from one place in one pass are a loop. */
const LOOP = 4;
/** As many values read from a GPU in one pass stop it as often. */
const READS = 8;

/** @param {Trace} trace @param {OpRecord} op @returns {{ from: string, to: string } | null} */
function transfer(trace, op) {
  const from = trace.tensor(op.inputs[0]?.tensor ?? '')?.device;
  const to = trace.tensor(op.outputs[0])?.device;
  return from && to && from !== to ? { from, to } : null;
}

/** Many transfers from one place of the script in one pass. @param {Trace} trace @param {Page} page @returns {Found[]} */
export function transfersInLoop(trace, page) {
  /** @type {Map<number | null, { op: OpRecord, way: { from: string, to: string }, count: number }>} */
  const places = new Map();
  for (const op of page.ops) {
    const way = transfer(trace, op);
    if (!way) continue;
    const place = places.get(op.site);
    if (place) place.count += 1;
    else places.set(op.site, { op, way, count: 1 });
  }
  return [...places.values()]
    .filter(({ count }) => count >= LOOP)
    .map(({ op, way, count }) => found(trace, op, { ...way, count, again: false }));
}

/** One and the same tensor, carried over anew in every pass. @param {Trace} trace @returns {Found[]} */
export function transfersAgain(trace) {
  return [...trace.tensorsById.values()].flatMap((tensor) => {
    if (tensor.madeBy) return [];
    const moves = tensor.usedBy
      .map((id) => /** @type {OpRecord} */ (trace.op(id)))
      .filter((op) => op.inputs[0]?.tensor === tensor.id && transfer(trace, op));
    const versions = new Set(moves.map((op) => op.inputs[0].version ?? 0));
    if (moves.length < LOOP || versions.size > 1) return [];
    const way = /** @type {{ from: string, to: string }} */ (transfer(trace, moves[0]));
    return [{ ...found(trace, moves[0], { ...way, count: moves.length, again: true }), pass: moves[0].pass }];
  });
}

/** Python looks at a GPU's numbers, which waits for all that the GPU still has to do. @param {Trace} trace @param {Page} page @returns {Found[]} */
export function waits(trace, page) {
  const reads = page.branches.filter(({ tensor }) => (trace.tensor(tensor ?? '')?.device ?? 'cpu') !== 'cpu');
  if (reads.length < READS) return [];
  const [first] = reads;
  return [
    {
      level: 'warning',
      at: first.at,
      op: trace.tensor(first.tensor ?? '')?.madeBy ?? null,
      line: trace.site(first.site)?.line ?? null,
      params: { name: nameOf(trace, first.tensor), count: reads.length },
    },
  ];
}

/** @param {Trace} trace @param {OpRecord} op @param {Record<string, unknown>} params @returns {Found} */
function found(trace, op, params) {
  const name = nameOf(trace, op.inputs[0]?.tensor);
  return { level: 'warning', at: op.at, op: op.id, line: trace.lineOf(op), params: { name, ...params } };
}
