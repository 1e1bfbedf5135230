// @ts-check
/** A tensor's numbers: one, a table, or a summary with the numbers to be fetched. */
import { api } from '../../api/client.js';
import { t } from '../../i18n/index.js';
import { html, useEffect, useState } from '../html.js';
import { elements, formatCount, formatNumber, formatShape, toFloat } from '../numbers.js';
import { HeatMap } from './heatmap.js';
import { NumberTable } from './table.js';

/** @typedef {import('../../protocol/schema.js').Value} Value */
/** @typedef {import('../../protocol/schema.js').Summary} Summary */

/** @typedef {import('../numbers.js').WireNumber} WireNumber */

/** Up to this many numbers are fetched without being asked for. */
const FETCHED_UNASKED = 1024;
/** A fetched part has at most this many rows and columns. */
const PART = 64;
/** Up to this many numbers are written out; more are shown as an image. */
const MOST_WRITTEN = 144;

/**
 * @param {object} props
 * @param {Value} props.value
 * @param {number[]} props.shape
 * @param {string} props.dtype
 * @param {string | null} props.run
 * @param {string} props.source the name under which the tensor API knows these numbers
 * @param {number} [props.at] number of the event that told of them
 */
export function ValueView({ value, shape, dtype, run, source, at }) {
  if (value.data && value.data.length === 1)
    return html`<p class="number">${formatNumber(value.data[0], { dtype, digits: 6 })}</p>`;
  if (value.data) return html`<${Numbers} data=${value.data} shape=${shape} dtype=${dtype} />`;
  return html`<div class="summary">
    ${value.summary && html`<${Stats} summary=${value.summary} shape=${shape} dtype=${dtype} />`}
    ${
      value.kept && run
        ? html`<${Fetched}
            key=${`${source} ${at}`}
            run=${run}
            source=${source}
            at=${at}
            shape=${shape}
            dtype=${dtype}
          />`
        : html`<p class="note">${t('value.notKept')}</p>`
    }
  </div>`;
}

/** @param {{ data: (number | string)[], shape: number[], dtype: string }} props */
function Numbers({ data, shape, dtype }) {
  return data.length <= MOST_WRITTEN
    ? html`<${NumberTable} data=${data} shape=${shape} dtype=${dtype} />`
    : html`<${HeatMap} data=${data} shape=${shape} dtype=${dtype} />`;
}

/** @param {{ summary: Summary, shape: number[], dtype: string }} props */
function Stats({ summary, shape, dtype }) {
  const amount = elements(shape);
  const rows = /** @type {const} */ (['min', 'max', 'mean', 'std', 'norm']);
  const counts = /** @type {const} */ (['nan', 'inf', 'zero']);
  return html`<dl class="stats">
      ${rows.map(
        (row) =>
          html`<div key=${row}>
            <dt>${t(`value.${row}`)}</dt>
            <dd>${formatNumber(summary[row], { dtype: row === 'min' || row === 'max' ? dtype : '' })}</dd>
          </div>`,
      )}
      ${counts
        .filter((row) => summary[row])
        .map(
          (row) =>
            html`<div key=${row} class=${row === 'zero' ? '' : 'is-bad'}>
              <dt>${t(`value.${row}`)}</dt>
              <dd>${formatCount(summary[row] ?? 0)} / ${formatCount(amount)}</dd>
            </div>`,
        )}
    </dl>
    <${Histogram} summary=${summary} dtype=${dtype} />`;
}

/** @param {{ summary: Summary, dtype: string }} props */
function Histogram({ summary, dtype }) {
  const bins = summary.histogram ?? [];
  const top = Math.max(...bins, 1);
  if (bins.length === 0) return null;
  const min = formatNumber(summary.min, { dtype, digits: 3 });
  const max = formatNumber(summary.max, { dtype, digits: 3 });
  const low = toFloat(summary.min);
  const high = toFloat(summary.max);
  const zero = low < 0 && high > 0 ? (-low / (high - low)) * 100 : null;
  return html`<figure class="histogram">
    <div class="bars" role="img" aria-label=${t('value.histogramLabel', { min, max })}>
      ${bins.map((count) => html`<span style=${{ height: `${Math.max(count ? 3 : 0, (count / top) * 100)}%` }}></span>`)}
      ${zero !== null && html`<i style=${{ left: `${zero}%` }}></i>`}
    </div>
    <figcaption aria-hidden="true"><span>${min}</span><span>${max}</span></figcaption>
  </figure>`;
}

/**
 * The part of a tensor to ask for: the first `PART` rows and columns of the first of the leading dimensions.
 *
 * @param {number[]} shape
 * @returns {{ slice: string, shape: number[] }}
 */
export function partOf(shape) {
  const kept = shape.slice(-2).map((size) => Math.min(size, PART));
  const leading = shape.slice(0, -2).map(() => '0');
  return { slice: [...leading, ...kept.map((size) => `:${size}`)].join(','), shape: kept };
}

/** @param {{ run: string, source: string, at?: number, shape: number[], dtype: string }} props */
function Fetched({ run, source, at, shape, dtype }) {
  const [state, setState] = useState(
    /** @type {'idle' | 'fetching' | { data: WireNumber[] } | { reason: string }} */ (
      elements(shape) <= FETCHED_UNASKED ? 'fetching' : 'idle'
    ),
  );
  const part = partOf(shape);
  useEffect(() => {
    if (state !== 'fetching') return undefined;
    let gone = false;
    api.tensor(run, source, { slice: part.slice, at }).then(
      (answer) => !gone && setState({ data: answer.data }),
      (error) => !gone && setState({ reason: error.message }),
    );
    return () => {
      gone = true;
    };
  }, [state, run, source, at, part.slice]);

  if (typeof state === 'string')
    return html`<button
      type="button"
      class="small-button"
      disabled=${state === 'fetching'}
      onClick=${() => setState('fetching')}
    >
      ${state === 'fetching' ? t('value.fetching') : t('value.fetch')}
    </button>`;
  if ('reason' in state) return html`<p class="note" role="alert">${t('value.failed', state)}</p>`;
  return html`<${Numbers} data=${state.data} shape=${part.shape} dtype=${dtype} /> ${
      elements(part.shape) < elements(shape) &&
      html`<p class="note">${t('value.part', { part: `[${part.slice}] of ${formatShape(shape)}` })}</p>`
    }`;
}
