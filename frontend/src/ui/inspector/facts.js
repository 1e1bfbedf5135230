// @ts-check
/** The plain facts about an op and its tensor, as a list. */
import { t, word } from '../../i18n/index.js';
import { html } from '../html.js';
import { formatBytes, formatShape, formatTime } from '../numbers.js';
import { tensorName } from './names.js';

/** @import {Trace} from '../../model/trace.js' */
/** @import {OpRecord, TensorRecord} from '../../protocol/wire' */

/** @param {{ trace: Trace, op: OpRecord | undefined, tensor: TensorRecord | undefined, version: number, onSelect: (id: string) => void }} props */
export function Facts({ trace, op, tensor, version, onSelect }) {
  /** @type {[string, unknown][]} */
  const rows = [];
  if (tensor) {
    rows.push([t('inspect.shape'), html`<code>${formatShape(tensor.shape)}</code>`]);
    rows.push([t('inspect.dtype'), html`<code>${tensor.dtype}</code>`]);
    rows.push([t('inspect.device'), html`<code>${tensor.device}</code>`]);
    rows.push([t('inspect.version'), `${version} · ${t('inspect.version.note', { n: version })}`]);
    rows.push([t('inspect.requiresGrad'), tensor.requiresGrad ? t('inspect.yes') : t('inspect.no')]);
    if (tensor.viewOf) {
      const shared = tensor.viewOf;
      rows.push([
        t('inspect.viewOf'),
        html`<button type="button" class="text-button" onClick=${() => onSelect(shared)}>
          ${tensorName(trace, shared)}
        </button>`,
      ]);
    }
  }
  if (op) {
    const path = trace
      .scopePath(op.scope)
      .map((scope) => (scope.cls ? `${scope.name} (${scope.cls})` : scope.name));
    if (path.length) rows.push([t('inspect.scope'), path.join(' › ')]);
    const attrs = Object.entries(op.attrs);
    if (attrs.length)
      rows.push([
        t('inspect.attrs'),
        html`<code>${attrs.map(([k, v]) => `${k}=${JSON.stringify(v)}`).join(', ')}</code>`,
      ]);
    rows.push([t('inspect.keeps'), op.keeps ? formatBytes(op.keeps) : t('inspect.keeps.none')]);
    if (op.time) rows.push([t('inspect.time'), formatTime(op.time)]);
    if (op.phase !== 'forward') rows.push([t('inspect.phase'), word('inspect.phase', op.phase)]);
  }
  return html`<dl class="facts">
    ${rows.map(
      ([name, value]) =>
        html`<div key=${name}>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}
