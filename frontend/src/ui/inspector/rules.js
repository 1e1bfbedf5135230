// @ts-check
/** The op declarations that the server publishes: formula, inputs, derivative rules. */
import { api } from '../../api/client.js';
import { signal } from '../html.js';

/**
 * @typedef {object} OpRule
 * @property {string} name
 * @property {string} formula LaTeX of the output
 * @property {string} doc
 * @property {string[]} inputs names, in order
 * @property {string | null} variadic name that stands for any number of further inputs
 * @property {Record<string, string>} rules per input: LaTeX of what is sent back to it
 */

/** @type {import('@preact/signals').Signal<Map<string, OpRule> | null>} */
export const rules = signal(null);
let asked = false;

/** Fetches the table, once; a failure is tried again the next time that it is asked for. */
export function askRules() {
  if (asked) return;
  asked = true;
  api.ops().then(
    (/** @type {OpRule[]} */ table) => (rules.value = new Map(table.map((row) => [row.name, row]))),
    () => (asked = false),
  );
}

/**
 * The name of an op's input `i` in its formula.
 *
 * @param {OpRule | undefined} rule
 * @param {number} i
 * @returns {string | null}
 */
export function inputName(rule, i) {
  if (!rule) return null;
  return rule.inputs[i] ?? rule.variadic;
}
