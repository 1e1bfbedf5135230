// @ts-check
/** The run in this very page, where it is a file that was saved with its run in it (vite.replay.config.js). */

/**
 * @typedef {object} Recorded
 * @property {string | null} run
 * @property {string} device
 * @property {string} code
 * @property {import('./protocol/schema.js').Event[]} events
 * @property {Record<string, import('./api/client.js').OpDocument>} ops those that the run used
 * @property {{ at?: number, pass?: number, select?: string }} place where to stand in it
 */

/** Stands in the template for the run. */
export const PLACEHOLDER = '"the run"';

/** @type {Recorded | null} */
export const recorded = read();

function read() {
  const text = globalThis.document?.getElementById('recorded')?.textContent;
  return text ? JSON.parse(text) : null;
}

/** A saved page: the template with a run in it. @param {string} template @param {Recorded} run */
export function pageOf(template, run) {
  // Written so that no string of the run can end the element that it stands in.
  const text = JSON.stringify(run).replaceAll('<', '\\u003c');
  // The first is the place; the page's own code, which comes after it, names it once more.
  const at = template.indexOf(PLACEHOLDER);
  if (at < 0) throw new Error('the template has no place for a run');
  return template.slice(0, at) + text + template.slice(at + PLACEHOLDER.length);
}
