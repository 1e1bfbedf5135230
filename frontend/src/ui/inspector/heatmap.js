// @ts-check
/** More numbers than can be read, as an image: negative one way from the ground, positive the other. */
import { t } from '../../i18n/index.js';
import { html, useEffect, useRef, useState } from '../html.js';
import { formatNumber, formatShape, toFloat } from '../numbers.js';
import { theme } from '../theme.js';
import { tablesOf } from './table.js';

/** @typedef {number | 'NaN' | 'Infinity' | '-Infinity'} WireNumber */

/** @param {{ data: WireNumber[], shape: number[], dtype: string }} props */
export function HeatMap({ data, shape, dtype }) {
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  const [under, setUnder] = useState('');
  const dark = theme.value;
  const rows = /** @type {WireNumber[][]} */ (tablesOf(data, shape).flatMap((table) => table.rows));
  const columns = rows[0]?.length ?? 0;

  useEffect(() => {
    const element = canvas.current;
    const pen = element?.getContext('2d');
    if (!element || !pen || !columns) return;
    element.width = columns;
    element.height = rows.length;
    const style = getComputedStyle(element);
    const ground = rgb(style.getPropertyValue('--bg-raised'));
    const positive = rgb(style.getPropertyValue('--heat-positive'));
    const negative = rgb(style.getPropertyValue('--heat-negative'));
    const bad = rgb(style.getPropertyValue('--bad'));
    const top = Math.max(...data.map((x) => Math.abs(toFloat(x))).filter(Number.isFinite), 1e-30);
    const image = pen.createImageData(columns, rows.length);
    rows.flat().forEach((wire, i) => {
      const x = toFloat(wire);
      const share = Number.isFinite(x) ? Math.abs(x) / top : 1;
      const colour = !Number.isFinite(x) ? bad : x < 0 ? negative : positive;
      for (let c = 0; c < 3; c += 1) image.data[i * 4 + c] = ground[c] + (colour[c] - ground[c]) * share;
      image.data[i * 4 + 3] = 255;
    });
    pen.putImageData(image, 0, 0);
  }, [data, columns, rows.length, dark]);

  /** @param {PointerEvent} event */
  const onPointerMove = (event) => {
    const box = /** @type {HTMLCanvasElement} */ (event.currentTarget).getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left) / box.width) * columns);
    const row = Math.floor(((event.clientY - box.top) / box.height) * rows.length);
    const wire = rows[row]?.[column];
    if (wire !== undefined) setUnder(`[${row}, ${column}] ${formatNumber(wire, { dtype })}`);
  };
  return html`<figure class="heatmap">
    <canvas
      ref=${canvas}
      role="img"
      aria-label=${t('value.heatLabel', { shape: formatShape(shape) })}
      onPointerMove=${onPointerMove}
      onPointerLeave=${() => setUnder('')}
    ></canvas>
    <figcaption>${under || ' '}</figcaption>
  </figure>`;
}

/** @param {string} hex such as `#1a2b3c` @returns {number[]} */
function rgb(hex) {
  const digits = hex.trim().replace('#', '');
  return [0, 2, 4].map((from) => parseInt(digits.slice(from, from + 2), 16));
}
