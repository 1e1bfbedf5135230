// @ts-check
/** The op declarations that the server publishes: formula, inputs, derivative rules. */
import { api } from '../../api/client.js';
import { signal } from '../html.js';

/** @typedef {import('../../api/client.js').OpDocument} OpRule */

/** @type {import('@preact/signals').Signal<Map<string, OpRule> | null>} */
export const rules = signal(null);
let asked = false;

/** Fetches the table, once; a failure is tried again the next time that it is asked for. */
export function askRules() {
  if (asked) return;
  asked = true;
  api.ops().then(
    (table) => (rules.value = new Map(Object.entries(table))),
    () => (asked = false),
  );
}

/**
 * An op's input `i` in its declaration; the last one may stand for any number of them.
 *
 * @param {OpRule | undefined} rule
 * @param {number} i
 * @returns {{ name: string, rule: string | null } | null}
 */
export function inputRule(rule, i) {
  if (!rule || rule.inputs.length === 0) return null;
  return rule.inputs[Math.min(i, rule.inputs.length - 1)];
}
