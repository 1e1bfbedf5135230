// @ts-check
/** The words of the page in the reader's language. */
import { en } from './en.js';

/** @typedef {typeof en} Table */
/** @typedef {keyof Table} Key */

/** @type {Record<string, Table>} */
const tables = { en };

/** @type {Table} */
const table = tables[document.documentElement.lang] ?? en;

/**
 * @template {Key} K
 * @param {K} key
 * @param {Table[K] extends (p: infer P) => string ? [P] : []} params what the text is about, where it is about something
 * @returns {string}
 */
export function t(key, ...params) {
  const text = /** @type {string | ((p: unknown) => string)} */ (table[key]);
  return typeof text === 'function' ? text(params[0]) : text;
}

/**
 * The text of a key made at run time, such as `status.running`; the second part alone where the table has no such key.
 *
 * @param {string} group
 * @param {string} name
 */
export function word(group, name) {
  const text = /** @type {Record<string, unknown>} */ (table)[`${group}.${name}`];
  return typeof text === 'string' ? text : name;
}
