// @ts-check
/** The step at a position, in words. */
import { t, word } from '../i18n/index.js';
import { formatNumber, formatShape } from './numbers.js';

/** @import {Trace} from '../model/trace.js' */
/** @import {Event, TensorInfo, Value} from '../protocol/wire' */

/**
 * @param {Trace} trace
 * @param {number} at the position right after the step
 * @returns {string} empty before the first
 */
export function describe(trace, at) {
  for (let i = at - 1; i >= 0 && i > at - 8; i -= 1) {
    const text = say(trace, trace.events[i]);
    if (text) return text;
  }
  return '';
}

/** A value that is one number, as text; nothing otherwise. @param {Value} value @param {string} dtype */
const single = (value, dtype) => (value.data?.length === 1 ? formatNumber(value.data[0], { dtype }) : '');

/** Which way a branch went, or what was read. @param {Extract<Event, { type: 'branch' }>} branch */
function outcome({ taken, value }) {
  if (taken === null || taken === undefined) return formatNumber(Number(value));
  return taken ? 'True' : 'False';
}

/** @param {Trace} trace @param {Event} event @returns {string} */
function say(trace, event) {
  switch (event.type) {
    case 'op':
    case 'again': {
      const op = trace.op(`${event.pass}.${event.index}`);
      if (!op) return '';
      const tensor = trace.tensor(op.outputs[0]);
      const value = /** @type {Value | undefined} */ (
        event.type === 'op'
          ? /** @type {TensorInfo | undefined} */ (event.outputs[0])?.value
          : event.values[0]
      );
      return t('narrate.op', {
        name: op.name,
        shape: formatShape(tensor?.shape ?? []),
        value: value ? single(value, tensor?.dtype ?? '') : '',
        line: trace.lineOf(op),
      });
    }
    case 'vjp':
      return t('narrate.vjp', { name: trace.op(event.op)?.name ?? event.op });
    case 'grad': {
      const tensor = trace.tensor(event.tensor);
      const value = single(event.value, tensor?.dtype ?? '') || formatShape(tensor?.shape ?? []);
      return t('narrate.grad', { name: tensor?.name ?? event.tensor, value });
    }
    case 'backward':
      return t('narrate.backward', { value: formatNumber(event.value ?? null) });
    case 'backward_end':
      return t('narrate.backwardEnd');
    case 'pass':
      return t('narrate.pass', { n: event.pass });
    case 'branch':
      return t('narrate.branch', {
        test: event.test || event.kind,
        taken: outcome(event),
      });
    case 'output':
      return event.text.trim() ? t('narrate.output', { text: event.text.trim().slice(0, 120) }) : '';
    case 'error':
      return t('narrate.error', { message: `${event.exception}: ${event.message}`.slice(0, 240) });
    case 'end':
      return t('narrate.end', { status: word('status', event.status).toLowerCase() });
    default:
      return '';
  }
}
