// @ts-check
/** The stage's colours, read from the page's one table: the custom properties on :root. */

/** Colours by name; a name's place in this list is its number in the shaders. */
export const COLOURS = /** @type {const} */ ([
  'bg',
  'raised',
  'sunken',
  'text',
  'dim',
  'line',
  'accent',
  'op',
  'opFill',
  'opLine',
  'grad',
  'gradFill',
  'param',
  'paramFill',
  'input',
  'inputFill',
  'const',
  'constFill',
  'buffer',
  'bufferFill',
  'nograd',
  'bad',
  'badFill',
  'added',
  'gone',
  'select',
  'edge',
  'edgeGrad',
  'scope',
  'scopeLine',
  'warn',
  'lit',
  'heat0',
  'heat1',
  'heat2',
  'heat3',
  'heat4',
  'heat5',
]);

/** @typedef {(typeof COLOURS)[number]} Colour */
/** @typedef {[number, number, number]} RGB each in 0..1 */

/** Number of a colour in the shaders. @type {Record<Colour, number>} */
export const INK = /** @type {any} */ (Object.fromEntries(COLOURS.map((name, i) => [name, i])));

/** Colours that are a token as it stands. @type {Partial<Record<Colour, string>>} */
const TOKENS = {
  bg: '--bg',
  raised: '--bg-raised',
  sunken: '--bg-sunken',
  text: '--text',
  dim: '--text-dim',
  line: '--line',
  accent: '--accent',
  op: '--op-forward',
  opFill: '--op-fill',
  grad: '--grad',
  gradFill: '--grad-fill',
  param: '--param',
  input: '--input',
  const: '--const',
  buffer: '--buffer',
  nograd: '--nograd',
  bad: '--bad',
  added: '--added',
  gone: '--gone',
  select: '--select',
  edge: '--edge',
  edgeGrad: '--edge-grad',
  warn: '--warn',
  lit: '--lit-line',
};

/** Colours between two others: `[from, to, how far]`. @type {Partial<Record<Colour, [Colour, Colour, number]>>} */
const MIXED = {
  opLine: ['raised', 'op', 0.5],
  paramFill: ['raised', 'param', 0.1],
  inputFill: ['raised', 'input', 0.1],
  constFill: ['raised', 'const', 0.06],
  bufferFill: ['raised', 'buffer', 0.1],
  badFill: ['raised', 'bad', 0.12],
  heat0: ['raised', 'grad', 0.02],
  heat1: ['raised', 'grad', 0.12],
  heat2: ['raised', 'grad', 0.22],
  heat3: ['raised', 'grad', 0.34],
  heat4: ['raised', 'grad', 0.46],
  heat5: ['raised', 'grad', 0.6],
  scope: ['bg', 'text', 0.025],
  scopeLine: ['bg', 'text', 0.16],
};

/** @typedef {{colours: RGB[], ui: string, mono: string}} Theme */

/** Reads the theme that holds for an element. @param {Element} element @returns {Theme} */
export function readTheme(element) {
  const style = getComputedStyle(element);
  const token = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  /** @type {RGB[]} */
  const colours = COLOURS.map((name) => parseColour(token(TOKENS[name] ?? '')));
  for (const [name, [from, to, share]] of Object.entries(MIXED)) {
    const [a, b] = [colours[INK[from]], colours[INK[to]]];
    colours[INK[/** @type {Colour} */ (name)]] = /** @type {RGB} */ (a.map((c, i) => c + (b[i] - c) * share));
  }
  return {
    colours,
    ui: token('--font-ui') || 'system-ui, sans-serif',
    mono: token('--font-mono') || 'monospace',
  };
}

/** @param {RGB} rgb @param {number} [alpha] */
export function css([r, g, b], alpha = 1) {
  return `rgb(${Math.round(r * 255)} ${Math.round(g * 255)} ${Math.round(b * 255)} / ${alpha})`;
}

/** @type {CanvasRenderingContext2D | null} */
let parser = null;

/** Any CSS colour, by letting the browser draw it. @param {string} text @returns {RGB} */
function parseColour(text) {
  const hex = /^#([0-9a-f]{6})$/i.exec(text);
  if (hex) return /** @type {RGB} */ ([0, 2, 4].map((i) => parseInt(hex[1].slice(i, i + 2), 16) / 255));
  parser ??= canvasContext();
  if (!parser || !text) return [0.5, 0.5, 0.5];
  parser.fillStyle = text;
  parser.fillRect(0, 0, 1, 1);
  const [r, g, b] = parser.getImageData(0, 0, 1, 1).data;
  return [r / 255, g / 255, b / 255];
}

function canvasContext() {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  return canvas.getContext('2d', { willReadFrequently: true });
}
