// @ts-check
/** A run and its twin, the same script in the other mode: what the one means for the other. */

const NOTE = /^note: static: (?:line (\d+) ?)?(.*)$/;

/** @typedef {{ line: number | null, text: string }} Note */

/**
 * What a static run says of itself in its output.
 *
 * @param {string} text of standard error
 * @returns {Note[]}
 */
export function notesOf(text) {
  return text.split('\n').flatMap((row) => {
    const found = NOTE.exec(row);
    return found ? [{ line: found[1] ? Number(found[1]) : null, text: found[2] }] : [];
  });
}

/**
 * Where the other run's clock stands when this one's stands at `now`: in the same pass, as far through it.
 *
 * @param {import('./trace.js').Trace} trace
 * @param {number} now
 * @param {import('./trace.js').Trace} other
 */
export function counterTime(trace, now, other) {
  const page = trace.pageAt(now);
  const theirs = page && other.page(page.n);
  if (!page || !theirs) return page ? other.length : 0;
  const end = page.endAt ?? trace.length;
  const through = end > page.at ? (now - page.at) / (end + 1 - page.at) : 1;
  return theirs.at + Math.min(through, 1) * ((theirs.endAt ?? other.length) + 1 - theirs.at);
}
