// @ts-check
/** Errors of which the graph knows more than their text says: shapes that clash, values that backward could not use. */
import { lineUp } from '../model/shapes.js';
import { nameOf } from './reading.js';

/** @import {Trace} from '../model/trace.js' */
/** @import {OpRecord} from '../protocol/wire' */
/** @import {Found} from './alarms.js' */

/** An op that could not run for its operands' shapes. @param {Trace} trace @returns {Found[]} */
export function shapeClash(trace) {
  const { error } = trace;
  const failed = error?.op;
  const lined = failed && lineUp(failed.name, failed.shapes);
  if (!error || !failed || !lined?.clash) return [];
  const params = {
    name: failed.name,
    operands: failed.inputs.flatMap((operand, i) => {
      const shape = failed.shapes[i];
      return shape ? [{ name: nameOf(trace, operand.tensor), shape, tensor: operand.tensor ?? null }] : [];
    }),
    tries: lined.tries,
  };
  return [
    {
      level: 'error',
      at: error.at,
      op: null,
      line: error.line ?? null,
      pass: trace.passes.at(-1)?.n ?? null,
      params,
    },
  ];
}

/** A value that an op had saved for backward, and that was written in place since. @param {Trace} trace @returns {Found[]} */
export function savedThenWritten(trace) {
  const { error } = trace;
  const clash = error?.clash;
  if (!error || !clash || clash.now === null || clash.now === undefined) return [];
  const saver = trace.op(clash.op);
  const writers = writersOf(trace, clash.tensor ?? null, saver);
  const last = writers.at(-1);
  return [
    {
      level: 'error',
      at: error.at,
      op: clash.op,
      line: saver ? trace.lineOf(saver) : (error.line ?? null),
      pass: saver?.pass ?? null,
      params: {
        name: nameOf(trace, clash.tensor),
        by: saver?.name ?? '',
        saved: clash.saved ?? 0,
        now: clash.now,
        writers: writers.map((op) => ({ op: op.id, name: op.name, line: trace.lineOf(op) })),
        writer: last ? last.name : '',
        writtenAt: last ? trace.lineOf(last) : null,
      },
    },
  ];
}

/** In-place ops after `saver` that wrote the tensor's storage, through it or through a view. @param {Trace} trace @param {string | null} id @param {OpRecord | undefined} saver */
function writersOf(trace, id, saver) {
  if (!id) return [];
  const storage = (/** @type {string} */ of) => trace.tensor(of)?.viewOf ?? of;
  const own = storage(id);
  return [...trace.opsById.values()].filter(
    (op) => op.inplace && op.at > (saver?.at ?? -1) && op.outputs.some((out) => storage(out) === own),
  );
}

/** A graph walked a second time after its saved values were given up. @param {Trace} trace @returns {Found[]} */
export function freedGraph(trace) {
  const { error } = trace;
  const clash = error?.clash;
  if (!error || !clash || (clash.now !== null && clash.now !== undefined)) return [];
  const op = trace.op(clash.op);
  const earlier = op?.vjps.at(-1);
  const freedBy = earlier ? trace.backwards.get(earlier.backward) : undefined;
  const first = freedBy ? trace.site(freedBy.site) : undefined;
  return [
    {
      level: 'error',
      at: error.at,
      op: clash.op,
      line: error.line ?? null,
      pass: op?.pass ?? null,
      params: {
        name: op?.name ?? '',
        madeAt: op ? trace.lineOf(op) : null,
        freedAt: first?.line ?? null,
        line: error.line ?? null,
      },
    },
  ];
}
