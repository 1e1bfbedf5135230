// @ts-check
/** What the reader wrote, kept in the browser so that a reload loses nothing. */

const PREFIX = 'kineograph.';

/**
 * @param {string} name
 * @returns {string | null}
 */
export function recall(name) {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null; // storage may be closed to the page; then nothing is kept
  }
}

/**
 * @param {string} name
 * @param {string | null} text `null` forgets it
 */
export function keep(name, text) {
  try {
    if (text === null) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, text);
  } catch {
    // full or closed: the page works on without
  }
}

/**
 * The draft of a script: `{ example, code }`. An example without edits needs no draft of its own.
 *
 * @typedef {{ example: string | null, code: string }} Draft
 * @returns {Draft | null}
 */
export function recallDraft() {
  try {
    const draft = JSON.parse(recall('draft') ?? 'null');
    return typeof draft?.code === 'string' ? draft : null;
  } catch {
    return null;
  }
}

/** @param {Draft | null} draft */
export const keepDraft = (draft) => keep('draft', draft && JSON.stringify(draft));
