// @ts-check
/** The things on the stage, and where they stand. */
import { COLUMN, NODE, NODE_TOP, ROW } from '../layout/measure.js';

/** @import {FlipBook, Item} from '../layout/flipbook.js' */
/** @import {FailedOp, OpRecord, TensorRecord, Value} from '../protocol/wire' */
/** @import {Bounds} from './camera.js' */

/** Moment of what was there before anyone looked. */
export const ALWAYS = -1e6;

/**
 * @typedef {object} SceneNode
 * @property {string} id op id, tensor id, or the key of a folded scope
 * @property {'op' | 'leaf' | 'fold' | 'failed'} kind
 * @property {string} label
 * @property {string} detail the variable an op's result was given to; the class of a folded scope
 * @property {OpRecord | null} op
 * @property {TensorRecord | null} tensor whose numbers it shows
 * @property {OpRecord[]} members ops of a folded scope
 * @property {number} x left edge
 * @property {number} y top edge
 * @property {number} width
 * @property {number} height
 * @property {number} strip height of the gradient's strip; 0 where no gradient can arrive
 * @property {number} at position of the event that made it
 * @property {boolean} born
 * @property {number} birth ms
 * @property {number} flash ms at which its value was written anew
 * @property {{x: number, y: number, since: number} | null} slide where it comes from after the layout changed
 * @property {Value | null} value
 * @property {Value | null} grad
 * @property {number} gradBirth ms
 * @property {SceneEdge[]} into
 * @property {SceneEdge[]} out
 * @property {{birth: number, text: string}[]} branches what Python decided on its value
 * @property {boolean} echo the leaf stands here again, beside another reader
 * @property {boolean} ghost gone since the page before
 * @property {Item | null} item
 * @property {FailedOp | null} failed
 */

/** What a node is made from. @typedef {Pick<SceneNode, 'id' | 'kind' | 'label' | 'op' | 'tensor' | 'x' | 'y' | 'width' | 'height' | 'strip' | 'at' | 'item'>} Placed */

/**
 * @typedef {object} SceneEdge
 * @property {SceneNode} from
 * @property {SceneNode} to
 * @property {OpRecord | null} op the op that reads
 * @property {number} input position among that op's inputs
 * @property {Float32Array} points x, y, …
 * @property {number} length px
 * @property {Bounds} bounds
 * @property {number} at
 * @property {boolean} born
 * @property {number} birth ms
 * @property {boolean} lit a contribution has travelled along it
 * @property {number} pulse ms at which it set out
 */

/**
 * @typedef {object} SceneScope
 * @property {string} key
 * @property {string} name
 * @property {string} detail the variable an op's result was given to; the class of a folded scope
 * @property {number} depth from 1
 * @property {number} birth ms
 * @property {number} count ops so far
 * @property {Bounds} box as drawn, gliding to `goal`
 * @property {Bounds} goal
 */

/** A node before anything happened to it. @param {Placed & Partial<SceneNode>} fields @returns {SceneNode} */
export function nodeOf(fields) {
  // All nodes have the same fields in the same order: that is what makes ten thousand of them quick.
  return {
    id: fields.id,
    kind: fields.kind,
    label: fields.label,
    detail: fields.detail ?? '',
    op: fields.op,
    tensor: fields.tensor,
    members: [],
    x: fields.x,
    y: fields.y,
    width: fields.width,
    height: fields.height,
    strip: fields.strip,
    at: fields.at,
    born: false,
    birth: ALWAYS,
    flash: ALWAYS,
    slide: null,
    value: null,
    grad: null,
    gradBirth: ALWAYS,
    into: [],
    out: [],
    branches: [],
    echo: fields.echo ?? false,
    ghost: fields.ghost ?? false,
    item: fields.item,
    failed: fields.failed ?? null,
  };
}

/** `layers.0 · Linear`, and which time round. @param {import('../protocol/wire').Scope} scope */
export function titleOf({ name, cls, call = 0, kind }) {
  const shown = kind === 'function' ? `${name}()` : name;
  return `${shown}${cls && cls !== name ? ` · ${cls}` : ''}${call ? `  ×${call + 1}` : ''}`;
}

/** @param {FlipBook} book @param {Item} item */
export function placeOf({ grid }, { index }) {
  const slack = (grid.height[index] * ROW - 3 * ROW) / 2;
  return {
    x: grid.column[index] * COLUMN + (COLUMN - NODE.width) / 2,
    y: grid.row[index] * ROW + slack + NODE_TOP,
    width: NODE.width,
    height: NODE.height,
  };
}

/** @param {SceneNode} node */
export function centre(node) {
  return node.x + node.width / 2;
}

/** @param {SceneNode} node */
export function bottomOf(node) {
  return node.y + node.height;
}

/** The height at which a leaf's edge meets its op: its own, kept within the op's side. @param {SceneNode} node @param {SceneNode} leaf */
export function landing(node, leaf) {
  const middle = node.y + node.height / 2;
  const offset = leaf.y + leaf.height / 2 - middle;
  return middle + Math.sign(offset) * Math.min(Math.abs(offset) * 0.5, node.height / 2 - 10);
}

/** @returns {Bounds} */
export function emptyBounds() {
  return { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
}

/** @param {Bounds} bounds @param {number} left @param {number} top @param {number} right @param {number} bottom */
export function extend(bounds, left, top, right, bottom) {
  bounds.left = Math.min(bounds.left, left);
  bounds.top = Math.min(bounds.top, top);
  bounds.right = Math.max(bounds.right, right);
  bounds.bottom = Math.max(bounds.bottom, bottom);
}
