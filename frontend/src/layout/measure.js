// @ts-check
/** Sizes of things on the stage, in px at zoom 1. A cell of the grid is COLUMN × ROW. */

export const COLUMN = 188;
export const ROW = 32;

/** An op; `strip` is its lower part, where the gradient arrives. Without a gradient there is no strip. */
export const NODE = { width: 148, height: 64, strip: 20 };
/** A leaf: parameter, buffer, input, constant. */
export const LEAF = { width: 124, height: 41, strip: 16, gap: 5 };

/** From a cell's top to its node's top; what is left below is the gap between rows, where edges turn. */
export const NODE_TOP = 4;
/** From a node's left edge back to its leaves' right edges. */
export const LEAF_DISTANCE = 30;

/** Rows that an op takes. */
export const NODE_ROWS = 3;

/** Rows for an op and the leaves stacked beside it. @param {number} leaves */
export function rowsFor(leaves) {
  const stack = leaves * (LEAF.height + LEAF.gap) - LEAF.gap;
  return Math.max(NODE_ROWS, Math.ceil((stack + 2 * NODE_TOP + LEAF.gap) / ROW));
}

/** How far a scope's box reaches beyond its cells' contents; inner scopes less, so that boxes nest. @param {number} depth from 1 */
export function outset(depth) {
  return Math.max(4, 19 - 5 * (depth - 1));
}
