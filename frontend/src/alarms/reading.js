// @ts-check
/** What alarms ask of a trace again and again. */

/** @import {Trace} from '../model/trace.js' */
/** @import {OpRecord, Operand, Page, TensorRecord, Value} from '../protocol/wire' */

/** The numbers that an operand had when it was read. @param {Trace} trace @param {Operand} operand @returns {Value | null} */
export function valueRead(trace, { tensor: id, version = 0 }) {
  const tensor = id ? trace.tensor(id) : undefined;
  if (!tensor) return null;
  return (tensor.values.findLast((entry) => entry.version <= version) ?? tensor.values[0])?.value ?? null;
}

/** The numbers that an op wrote into its output `k`. @param {Trace} trace @param {OpRecord} op @param {number} k */
export function valueMade(trace, op, k = 0) {
  const tensor = trace.tensor(op.outputs[k]);
  return tensor?.values.find((entry) => entry.op === op.id)?.value ?? null;
}

/** The tensors among an op's inputs. @param {Trace} trace @param {OpRecord} op */
export function tensorsRead(trace, op) {
  return op.inputs.flatMap(({ tensor }) => trace.tensor(tensor ?? '') ?? []);
}

/** The op of the same page that made a tensor. @param {Trace} trace @param {string | null | undefined} id */
export function makerOf(trace, id) {
  const made = id ? trace.tensor(id)?.madeBy : null;
  return made ? trace.op(made) : undefined;
}

/** The ops of a page that read a tensor. @param {Trace} trace @param {TensorRecord} tensor @param {Page} page */
export function readersOn(trace, tensor, page) {
  return tensor.usedBy.map((id) => /** @type {OpRecord} */ (trace.op(id))).filter((op) => op.pass === page.n);
}

/** A name that the author would recognise. @param {Trace} trace @param {string | null | undefined} id */
export function nameOf(trace, id) {
  const tensor = id ? trace.tensor(id) : undefined;
  if (!tensor) return id ?? '';
  if (tensor.name) return tensor.name;
  const op = makerOf(trace, id);
  return (op && (trace.variable(op) ?? op.name)) ?? tensor.kind;
}

/** `(4, 1)`. @param {readonly number[]} shape */
export const shapeText = (shape) => `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;
