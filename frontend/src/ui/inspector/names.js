// @ts-check
/** What to call a tensor when speaking to the reader. */

/** @import {Trace} from '../../model/trace.js' */
/** @import {Operand} from '../../protocol/wire' */
import { formatNumber } from '../numbers.js';

/**
 * Its own name, the variable it was assigned to, or the op that made it.
 *
 * @param {Trace} trace
 * @param {string} id
 */
export function tensorName(trace, id) {
  const tensor = trace.tensor(id);
  if (!tensor) return id;
  if (tensor.name) return tensor.name;
  const op = tensor.madeBy === null ? undefined : trace.op(tensor.madeBy);
  if (!op) return `${tensor.kind} ${id}`;
  return trace.variable(op) ?? op.name;
}

/** @param {Trace} trace @param {Operand} operand */
export function operandName(trace, operand) {
  if (operand.tensor) return tensorName(trace, operand.tensor);
  const { value } = operand;
  if (typeof value === 'number') return formatNumber(value);
  return value === null || value === undefined ? 'None' : String(value);
}
