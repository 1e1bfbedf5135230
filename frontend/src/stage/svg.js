// @ts-check
/** The page on show as vector graphics: the same draw list as the other renderers, written as SVG. */
import { FLAG } from './looks.js';
import { BOX_FLOATS, Picture, PIECE_FLOATS } from './picture.js';
import { css, INK, readTheme } from './theme.js';

/** @import {Stage} from './stage.js' */
/** @import {Label} from './picture.js' */
/** @import {Face} from './text.js' */

/** A moment at which all motion is over, ms. */
const SETTLED = 1e9;
/** Room around the graph, px. */
const MARGIN = 32;
/** Room above the topmost box, where a scope's title hangs, px. */
const TITLE = 24;
/** @type {Record<Face, number>} */
const WEIGHTS = { ui: 400, bold: 600, mono: 450 };

/** @param {Stage} stage @returns {string | null} an SVG document of the whole page; `null` where nothing is drawn */
export function svgOf(stage) {
  const { scene, focus, ghosts } = stage;
  if (!scene?.nodes.length) return null;
  const { left, top, right, bottom } = scene.extent;
  const bounds = {
    left: left - MARGIN,
    top: top - MARGIN - TITLE,
    right: right + MARGIN,
    bottom: bottom + MARGIN,
  };
  const picture = new Picture();
  picture.make(scene, ghosts, focus, bounds, 1, SETTLED);
  const theme = readTheme(stage.host);
  const inks = theme.colours.map((rgb) => css(rgb));
  const [width, height] = [bounds.right - bounds.left, bounds.bottom - bounds.top].map(Math.ceil);
  const body = [
    ...records(picture.scopes, BOX_FLOATS, (record) => box(record, inks)),
    ...records(picture.edges, PIECE_FLOATS, (record) => edge(record, inks)),
    ...records(picture.boxes, BOX_FLOATS, (record) => box(record, inks)),
    ...picture.labels.map((each) => label(each, inks, theme)),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${n(bounds.left)} ${n(bounds.top)} ${width} ${height}" role="img">
<title>Kineograph, pass ${scene.page.n}</title>
<rect x="${n(bounds.left)}" y="${n(bounds.top)}" width="${width}" height="${height}" fill="${inks[INK.bg]}"/>
${body.join('\n')}
</svg>
`;
}

/** A number of px, short. @param {number} x */
const n = (x) => String(Math.round(x * 100) / 100);

/** @param {string} text */
const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** @param {{ data: Float32Array, length: number }} list @param {number} floats @param {(record: Float32Array) => string} write */
function* records({ data, length }, floats, write) {
  for (let i = 0; i < length; i += floats) yield write(data.subarray(i, i + floats));
}

/** @param {Float32Array} record @param {string[]} inks */
function box(record, inks) {
  const [x, y, width, height, , , level, split, fill, line, grad, accent, radius, stroke, alpha, flags] =
    record;
  /** @param {number} from @param {number} wide @param {number} high @param {string} ink */
  const strip = (from, wide, high, ink) =>
    `<rect x="${n(x + 1)}" y="${n(y + from)}" width="${n(Math.max(0, wide - 2))}" height="${n(high)}" fill="${ink}"/>`;
  const shape = `x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" rx="${n(Math.min(radius, height / 2))}"`;
  const parts = [`<rect ${shape} fill="${flags & FLAG.hollow ? 'none' : inks[fill]}"/>`];
  if (split < height) {
    const [ink, high] = [level >= 0 ? INK.gradFill : INK.sunken, height - split];
    parts.push(strip(split, width, high - 1, inks[ink]));
    if (level >= 0) parts.push(strip(height - 3, width * level, 2, inks[grad]));
  }
  if (flags & FLAG.bar) parts.push(strip(1, 5, height - 2, inks[accent]));
  const dash = flags & FLAG.dashed ? ' stroke-dasharray="5 3"' : '';
  parts.push(`<rect ${shape} fill="none" stroke="${inks[line]}" stroke-width="${n(stroke)}"${dash}/>`);
  if (flags & FLAG.double) parts.push(ring(record, 4, 1, inks[line]));
  if (flags & FLAG.halo) parts.push(ring(record, -3, 2, inks[accent]));
  return `<g opacity="${n(alpha)}">${parts.join('')}</g>`;
}

/** @param {Float32Array} record @param {number} inset @param {number} stroke @param {string} ink */
function ring([x, y, width, height, , , , , , , , , radius], inset, stroke, ink) {
  return `<rect x="${n(x + inset)}" y="${n(y + inset)}" width="${n(width - 2 * inset)}" height="${n(height - 2 * inset)}" rx="${n(Math.max(0, radius - inset))}" fill="none" stroke="${ink}" stroke-width="${stroke}"/>`;
}

/** @param {Float32Array} record @param {string[]} inks */
function edge([x0, y0, x1, y1, , , , kind, , , ink, alpha], inks) {
  if (kind !== 1)
    return `<path d="M${n(x0)} ${n(y0)}L${n(x1)} ${n(y1)}" stroke="${inks[ink]}" stroke-width="1.4" stroke-linecap="round" opacity="${n(alpha)}"/>`;
  const size = Math.hypot(x1 - x0, y1 - y0) || 1;
  const [dx, dy] = [((x1 - x0) / size) * 8, ((y1 - y0) / size) * 8];
  const [ax, ay, bx, by] = [
    x1 - dx + dy * 0.48,
    y1 - dy - dx * 0.48,
    x1 - dx - dy * 0.48,
    y1 - dy + dx * 0.48,
  ];
  return `<path d="M${n(x1)} ${n(y1)}L${n(ax)} ${n(ay)}L${n(bx)} ${n(by)}Z" fill="${inks[ink]}" opacity="${n(alpha)}"/>`;
}

/** @param {Label} label @param {string[]} inks @param {import('./theme.js').Theme} theme */
function label({ text, face, size, x, y, align, room, ink, alpha }, inks, theme) {
  const anchor = align === 0 ? 'start' : align === 1 ? 'end' : 'middle';
  const family = escaped(face === 'mono' ? theme.mono : theme.ui);
  // Without the fonts at hand, a text that would run out of its box is pressed into it.
  const wide =
    text.length * size * 0.62 > room ? ` textLength="${n(room)}" lengthAdjust="spacingAndGlyphs"` : '';
  return `<text x="${n(x)}" y="${n(y)}" font-family="${family}" font-size="${n(size)}" font-weight="${WEIGHTS[face]}" text-anchor="${anchor}" fill="${inks[ink]}" opacity="${n(alpha)}"${wide}>${escaped(text)}</text>`;
}
