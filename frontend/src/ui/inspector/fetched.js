// @ts-check
/** Whole tensors' numbers: those that travelled in the event, else fetched once and remembered. */
import { api } from '../../api/client.js';
import { sizeOf, toNumber } from '../../model/value.js';

/** @import {Value} from '../../protocol/wire' */

/** The server sends at most this many numbers as JSON. */
export const MOST = 65_536;

/** @type {Map<string, Promise<number[]>>} */
const asked = new Map();
/** As many tensors are remembered. */
const REMEMBERED = 64;

/** Where a tensor's numbers are to be had. @typedef {{ value: Value | null, shape: number[], source: string, at?: number }} Source */

/** Whether all of its numbers can be had. @param {Source} source */
export function canBeHad({ value, shape }) {
  return Boolean(value && (value.data || (value.kept && sizeOf(shape) <= MOST)));
}

/** @param {string | null} run @param {Source} source @returns {Promise<number[]>} */
export function numbersOf(run, { value, source, at }) {
  if (value?.data) return Promise.resolve(value.data.map(toNumber));
  if (run === null) return Promise.reject(new Error('no run'));
  const key = `${run} ${source} ${at ?? ''}`;
  const known = asked.get(key);
  if (known) return known;
  const coming = api.tensor(run, source, { at }).then(({ data }) => data.map(toNumber));
  coming.catch(() => asked.delete(key));
  asked.set(key, coming);
  if (asked.size > REMEMBERED) asked.delete(/** @type {string} */ (asked.keys().next().value));
  return coming;
}
