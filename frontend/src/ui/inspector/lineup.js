// @ts-check
/** Shapes under each other, dimension by dimension: what meets, what is stretched, what is folded, what clashes. */
import { t, word } from '../../i18n/index.js';
import { html } from '../html.js';

/** @param {{ names: string[], lined: import('../../model/shapes.js').LineUp, out?: number[], outName?: string }} props */
export function LineUp({ names, lined, out, outName = '' }) {
  const width = Math.max(...lined.rows.map((row) => row.length), out?.length ?? 0);
  const used = new Set(lined.rows.flat().map(({ fit }) => fit));
  return html`<div class="lineup">
    <table>
      <tbody>
        ${lined.rows.map(
          (row, i) =>
            html`<tr>
              <th scope="row">${names[i] ?? ''}</th>
              ${blanks(width - row.length)}
              ${row.map(
                ({ size, fit, name }) =>
                  html`<td class=${`is-${fit}`} title=${word('lineup', fit)}>
                    <b>${size ?? '·'}</b>${name && html`<small>${name}</small>`}
                  </td>`,
              )}
            </tr>`,
        )}
        ${
          out &&
          html`<tr class="is-out">
            <th scope="row">${outName || '='}</th>
            ${blanks(width - out.length)}${out.map((size) => html`<td><b>${size}</b></td>`)}
          </tr>`
        }
      </tbody>
    </table>
    <p class="note">
      ${['clash', 'stretched', 'folded']
        .filter((fit) => used.has(/** @type {any} */ (fit)))
        .map((fit) => word('lineup', fit))
        .join(' · ')}
      ${out && out.length === 0 ? ` ${t('lineup.scalar')}` : ''}
    </p>
  </div>`;
}

/** @param {number} n */
const blanks = (n) => Array.from({ length: Math.max(0, n) }, () => html`<td class="is-none"></td>`);
