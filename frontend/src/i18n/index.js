// @ts-check
/** The words of the page in the reader's language. */
import { keep, recall } from '../drafts.js';
import { en } from './en.js';
import { ko } from './ko.js';

/** @typedef {typeof en} Table */
/** @typedef {keyof Table} Key */

/** A language is a row here and a table beside en.js; a table that lacks a key fails the type check. @type {Record<string, { name: string, table: Table }>} */
export const languages = { en: { name: 'English', table: en }, ko: { name: '한국어', table: ko } };

/** What the address asks for, else what the reader chose, else the first of the browser's languages that there is. */
export const language = choose([asked(), recall('language'), ...navigator.languages]);

const { table } = languages[language];
document.documentElement.lang = language;

/** The language that the address asks for. */
function asked() {
  return new URLSearchParams(globalThis.location?.hash.slice(1)).get('lang');
}

/** The language in use where it was chosen, by the reader or by the address; else `null`. */
export function chosenLanguage() {
  return (asked() ?? recall('language')) === null ? null : language;
}

/** @param {readonly (string | null)[]} wishes */
function choose(wishes) {
  const codes = wishes.map((wish) => wish?.split('-')[0].toLowerCase() ?? '');
  return codes.find((code) => Object.hasOwn(languages, code)) ?? 'en';
}

/** Shows the page in another language, from now on. Its words are read once, so it starts anew where it stands. @param {string} code */
export function speak(code) {
  keep('language', code);
  const hash = new URLSearchParams(location.hash.slice(1));
  hash.set('lang', code);
  history.replaceState(null, '', `#${hash.toString().replaceAll('%2C', ',')}`);
  location.reload();
}

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
