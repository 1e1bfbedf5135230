// @ts-check
/** A small tensor written out, each number on a ground as strong as its size. */
import { t } from '../../i18n/index.js';
import { html } from '../html.js';
import { elements, formatNumber, formatShape, toFloat } from '../numbers.js';

/**
 * A tensor as the tables that its last two dimensions make.
 *
 * @param {readonly (number | string)[]} data in C order
 * @param {readonly number[]} shape
 * @returns {{ at: number[], rows: (number | string)[][] }[]} `at` are the leading indices of each table
 */
export function tablesOf(data, shape) {
  const columns = shape.length ? shape[shape.length - 1] : 1;
  const rows = shape.length > 1 ? shape[shape.length - 2] : 1;
  const leading = shape.slice(0, -2);
  return Array.from({ length: elements(leading) }, (_, table) => {
    let rest = table;
    const at = leading.map((_size, i) => {
      const below = elements(leading.slice(i + 1));
      const index = Math.floor(rest / below);
      rest %= below;
      return index;
    });
    const from = table * rows * columns;
    return {
      at,
      rows: Array.from({ length: rows }, (_row, r) =>
        data.slice(from + r * columns, from + (r + 1) * columns),
      ),
    };
  });
}

/** @param {{ data: (number | 'NaN' | 'Infinity' | '-Infinity')[], shape: number[], dtype: string }} props */
export function NumberTable({ data, shape, dtype }) {
  const sizes = data.map((x) => Math.abs(toFloat(x))).filter(Number.isFinite);
  const top = Math.max(...sizes, 1e-30);
  const tables = tablesOf(data, shape);
  return html`<div
    class="numbers"
    role="img"
    tabindex="0"
    aria-label=${`${t('value.heatLabel', { shape: formatShape(shape) })}: ${data
      .slice(0, 24)
      .map((x) => formatNumber(x, { dtype, digits: 3 }))
      .join(', ')}`}
  >
    ${tables.map(
      ({ at, rows }) => html`
        ${at.length > 0 && html`<p class="table-at">[${at.join(', ')}, …]</p>`}
        <table class=${rows.length === 1 ? 'is-vector' : ''} aria-hidden="true">
          <tbody>
            ${rows.map(
              (row) =>
                html`<tr>
                  ${row.map((x) => {
                    const size = Math.abs(toFloat(/** @type {number} */ (x)));
                    const bad = !Number.isFinite(size);
                    return html`<td
                      class=${bad ? 'is-bad' : size === 0 ? 'is-zero' : ''}
                      style=${{ '--heat': bad ? 1 : size / top }}
                    >
                      ${formatNumber(/** @type {number} */ (x), { dtype, digits: 3 })}
                    </td>`;
                  })}
                </tr>`,
            )}
          </tbody>
        </table>
      `,
    )}
  </div>`;
}
