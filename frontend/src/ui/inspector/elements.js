// @ts-check
/** The chain rule element by element: upstream × local = downstream, with this run's numbers. */
import { valueMade, valueRead } from '../../alarms/reading.js';
import { t } from '../../i18n/index.js';
import { slopeRows, termsOf } from '../../model/slopes.js';
import { indexOf, sizeOf } from '../../model/value.js';
import { html, useEffect, useState } from '../html.js';
import { formatNumber } from '../numbers.js';
import { canBeHad, numbersOf } from './fetched.js';

/** @import {Trace} from '../../model/trace.js' */
/** @import {Contribution, OpRecord, VjpRecord} from '../../protocol/wire' */
/** @import {Local} from '../../model/slopes.js' */

/** Tensors of up to this many elements are shown whole. */
const SMALL = 16;
/** Terms of a sum that are written out; the largest come first. */
const WRITTEN = 4;

/** @typedef {{ local: Local, upstream: number[], sent: number[] }} Numbers */

/** @param {{ trace: Trace, op: OpRecord, vjp: VjpRecord, contribution: Contribution, run: string | null }} props */
export function Elements({ trace, op, vjp, contribution, run }) {
  const needed = sourcesOf(trace, op, vjp, contribution);
  const shape = trace.tensor(op.inputs[contribution.input]?.tensor ?? '')?.shape ?? [];
  const here = needed?.every(({ value }) => value?.data);
  const [wanted, setWanted] = useState(Boolean(here));
  const [numbers, setNumbers] = useState(/** @type {Numbers | string | null} */ (null));
  const key = `${op.id} ${vjp.at} ${contribution.input}`;

  useEffect(() => {
    if (!wanted || !needed) return undefined;
    let gone = false;
    Promise.all(needed.map((source) => numbersOf(run, source))).then(
      ([upstream, sent, out, ...values]) => {
        if (!gone) setNumbers({ upstream, sent, local: localOf(trace, op, contribution.input, values, out) });
      },
      (error) => !gone && setNumbers(String(error.message)),
    );
    return () => {
      gone = true;
    };
  }, [wanted, key, run]);

  if (!needed?.every(canBeHad) || !(slopeRows[op.name] || sizeOf(needed[0].shape) === 1)) return null;
  if (!wanted)
    return html`<button type="button" class="small-button" onClick=${() => setWanted(true)}>
      ${t('elements.follow')}
    </button>`;
  if (typeof numbers === 'string') return html`<p class="note" role="alert">${numbers}</p>`;
  if (!numbers) return html`<p class="note">${t('value.fetching')}</p>`;
  return sizeOf(shape) <= SMALL
    ? html`<${All} numbers=${numbers} shape=${shape} />`
    : html`<${One} numbers=${numbers} shape=${shape} />`;
}

/** What came in, what went out, the result, and the inputs: `null` where the op has several results. @param {Trace} trace @param {OpRecord} op @param {VjpRecord} vjp @param {Contribution} contribution */
function sourcesOf(trace, op, vjp, { input, value }) {
  if (op.outputs.length !== 1) return null;
  const made = trace.tensor(op.outputs[0]);
  const at = /** @type {any} */ (trace.events[vjp.at]).seq;
  const outShape = made?.shape ?? [];
  const version = made?.values.find((entry) => entry.op === op.id)?.version ?? 0;
  const shape = trace.tensor(op.inputs[input]?.tensor ?? '')?.shape ?? [];
  return [
    { value: vjp.upstream[0], shape: outShape, source: `${op.outputs[0]}:grad`, at },
    { value, shape, source: `${op.id}:vjp.${input}`, at },
    { value: valueMade(trace, op), shape: outShape, source: versioned(op.outputs[0], version) },
    ...op.inputs.map((operand) =>
      operand.tensor
        ? {
            value: valueRead(trace, operand),
            shape: trace.tensor(operand.tensor)?.shape ?? [],
            source: versioned(operand.tensor, operand.version ?? 0),
          }
        : { value: { data: [/** @type {number} */ (operand.value)] }, shape: [], source: '' },
    ),
  ];
}

/** @param {string} id @param {number} version */
const versioned = (id, version) => (version ? `${id}@${version}` : id);

/** @param {Trace} trace @param {OpRecord} op @param {number} input @param {number[][]} values @param {number[]} out @returns {Local} */
function localOf(trace, op, input, values, out) {
  const shapes = op.inputs.map(({ tensor }) => trace.tensor(tensor ?? '')?.shape ?? []);
  const outShape = trace.tensor(op.outputs[0])?.shape ?? [];
  return { name: op.name, attrs: op.attrs, input, shapes, values, outShape, out };
}

/** @param {{ numbers: Numbers, shape: number[] }} props */
function All({ numbers, shape }) {
  const rows = numbers.sent.map((_, i) => rowOf(numbers, i, shape));
  if (rows.some((row) => row === null)) return null;
  return html`<table class="elements">
    <thead class="unseen">
      <tr>
        <th>${t('elements.index')}</th>
        <th>${t('elements.product')}</th>
        <th>${t('elements.sent')}</th>
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table>`;
}

/** One element of many, chosen by its indices; first the one that got most. @param {{ numbers: Numbers, shape: number[] }} props */
function One({ numbers, shape }) {
  const { sent } = numbers;
  const [i, choose] = useState(() =>
    sent.reduce((best, x, k) => (Math.abs(x) > Math.abs(sent[best]) ? k : best), 0),
  );
  const index = indexOf(i, shape);
  /** @param {number} d @param {string} text */
  const move = (d, text) => {
    const at = Number(text);
    if (!Number.isInteger(at) || at < 0 || at >= shape[d]) return;
    choose(index.with(d, at).reduce((all, k, dim) => all * shape[dim] + k, 0));
  };
  return html`<div class="one-element">
    <p class="element-index" role="group" aria-label=${t('elements.choose')}>
      <span>${t('elements.element')}</span>
      ${shape.map(
        (size, d) =>
          html`<input
            type="number"
            min="0"
            max=${size - 1}
            value=${index[d]}
            aria-label=${t('elements.dim', { d })}
            onInput=${(/** @type {any} */ event) => move(d, event.target.value)}
          />`,
      )}
    </p>
    <table class="elements">
      <tbody>
        ${rowOf(numbers, i, shape)}
      </tbody>
    </table>
  </div>`;
}

/** @param {Numbers} numbers @param {number} i @param {number[]} shape */
function rowOf({ local, upstream, sent }, i, shape) {
  const found = termsOf(local, i, upstream, sent[i]);
  if (!found) return null;
  const { terms, readOff } = found;
  const written = terms
    .map((term) => ({ ...term, size: Math.abs(upstream[term.to] * term.slope) || 0 }))
    .sort((a, b) => b.size - a.size)
    .slice(0, WRITTEN);
  const rest = terms.length - written.length;
  return html`<tr key=${i}>
    ${shape.length > 0 && html`<th scope="row">[${indexOf(i, shape).join(', ')}]</th>`}
    <td>
      ${written.map(
        ({ to, slope }, k) =>
          html`${k > 0 && ' + '}<span
              class="term"
              title=${t('elements.term', { at: indexOf(to, local.outShape).join(', ') })}
              ><b>${number(upstream[to])}</b> × <i>${readOff ? '≈' : ''}${number(slope)}</i></span
            >`,
      )}${rest > 0 && html`${' '}<span class="rest">${t('elements.more', { n: rest })}</span>`}
      ${terms.length === 0 && '0'}
    </td>
    <td class="sent">= ${number(sent[i])}</td>
  </tr>`;
}

/** @param {number} x */
const number = (x) => formatNumber(x, { digits: 3 });
