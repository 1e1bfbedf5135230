// @ts-check
/** The same thing on another page: what a selection turns into when the reader flips. */
import { keyOf } from './compare.js';

/** @import {Trace} from './trace.js' */
/** @import {Page} from '../protocol/wire' */

/**
 * @param {Trace} trace
 * @param {string} id an op or a tensor
 * @param {Page} page
 * @returns {string | null} its id on `page`; `null` where that page has no such op
 */
export function counterpart(trace, id, page) {
  const tensor = trace.tensor(id);
  const maker = trace.op(id) ?? (tensor?.madeBy ? trace.op(tensor.madeBy) : undefined);
  if (!maker) return tensor ? id : null; // a leaf is the same on every page
  if (maker.pass === page.n) return id;
  const key = keyOf(trace, maker);
  const like = page.ops.find((op) => keyOf(trace, op) === key);
  if (!like) return null;
  const slot = maker.outputs.indexOf(id);
  return slot > 0 ? (like.outputs[slot] ?? like.id) : like.id;
}
