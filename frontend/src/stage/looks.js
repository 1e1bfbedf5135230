// @ts-check
/** How each kind of node looks. */
import { gradHeat, isBad } from './wording.js';

/** @import {SceneNode} from './things.js' */
/** @import {Colour} from './theme.js' */

/** Bits of a box's flags. */
export const FLAG = { dashed: 1, bar: 2, hollow: 4, double: 8, shadow: 16, still: 32, halo: 64 };

/** @typedef {{fill: Colour, line: Colour, accent: Colour, text: Colour, far: Colour, radius: number, width: number, flags: number}} Look */

/** How each kind looks: shape and colour, so that neither is needed alone. @type {Record<string, Look>} */
const LOOKS = {
  op: {
    fill: 'raised',
    line: 'opLine',
    accent: 'op',
    text: 'op',
    far: 'opLine',
    radius: 9,
    width: 1.25,
    flags: FLAG.shadow,
  },
  plain: {
    fill: 'raised',
    line: 'nograd',
    accent: 'op',
    text: 'text',
    far: 'nograd',
    radius: 9,
    width: 1,
    flags: 0,
  },
  backward: {
    fill: 'raised',
    line: 'grad',
    accent: 'grad',
    text: 'grad',
    far: 'grad',
    radius: 9,
    width: 1.25,
    flags: FLAG.shadow,
  },
  fold: {
    fill: 'opFill',
    line: 'op',
    accent: 'op',
    text: 'op',
    far: 'op',
    radius: 9,
    width: 1.25,
    flags: FLAG.shadow,
  },
  bad: {
    fill: 'badFill',
    line: 'bad',
    accent: 'bad',
    text: 'bad',
    far: 'bad',
    radius: 3,
    width: 2,
    flags: FLAG.shadow,
  },
  parameter: {
    fill: 'paramFill',
    line: 'param',
    accent: 'param',
    text: 'param',
    far: 'param',
    radius: 13,
    width: 1.25,
    flags: 0,
  },
  buffer: {
    fill: 'bufferFill',
    line: 'buffer',
    accent: 'buffer',
    text: 'buffer',
    far: 'buffer',
    radius: 6,
    width: 1,
    flags: FLAG.double,
  },
  input: {
    fill: 'inputFill',
    line: 'input',
    accent: 'input',
    text: 'input',
    far: 'input',
    radius: 3,
    width: 1,
    flags: FLAG.bar,
  },
  constant: {
    fill: 'constFill',
    line: 'const',
    accent: 'const',
    text: 'const',
    far: 'const',
    radius: 3,
    width: 1,
    flags: 0,
  },
  detached: {
    fill: 'constFill',
    line: 'const',
    accent: 'const',
    text: 'const',
    far: 'const',
    radius: 8,
    width: 1,
    flags: FLAG.dashed,
  },
};

/** Signs at a node's upper left corner: an alarm hangs on it. @type {Record<'error' | 'warning', {text: string, ink: Colour}>} */
export const ALARM_SIGNS = { error: { text: '!', ink: 'bad' }, warning: { text: '?', ink: 'warn' } };

/** Grounds from the smallest gradient to the largest. @type {Colour[]} */
const HEAT = ['heat0', 'heat1', 'heat2', 'heat3', 'heat4', 'heat5'];

/** A node's look when the graph is coloured by gradients: its ground says how large the one that reached it is. @param {SceneNode} node @returns {Look} */
export function hotLookOf(node) {
  const look = lookOf(node);
  const heat = node.strip ? gradHeat(node.grad, node.tensor) : null;
  if (look === LOOKS.bad || heat === null) return look;
  const fill = HEAT[Math.round(heat * (HEAT.length - 1))];
  return { ...look, fill, far: fill, line: 'grad' };
}

/** @param {SceneNode} node @returns {Look} */
export function lookOf(node) {
  if (node.kind === 'failed' || isBad(node.value)) return LOOKS.bad;
  if (node.kind === 'fold') return LOOKS.fold;
  if (node.kind === 'leaf') return LOOKS[node.tensor?.kind ?? 'constant'] ?? LOOKS.detached;
  if (node.op?.phase === 'backward') return LOOKS.backward;
  return node.strip ? LOOKS.op : LOOKS.plain;
}
