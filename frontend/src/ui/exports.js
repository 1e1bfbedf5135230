// @ts-check
/** The files that a run can be saved as. A kind is a row here. */
import { api } from '../api/client.js';
import { pageOf } from '../recorded.js';
import { stage } from './picture.js';

/** @typedef {import('../session.js').Session} Session */
/**
 * @typedef {object} Export
 * @property {string} id ending of the file's name
 * @property {import('../i18n/index.js').Key} says
 * @property {(session: Session) => Promise<Blob | null>} make
 */

/** @type {Export[]} */
export const exports = [
  { id: 'png', says: 'export.png', make: async () => (await stage.value?.snapshot()) ?? null },
  {
    id: 'svg',
    says: 'export.svg',
    make: async () => {
      const { svgOf } = await import('../stage/svg.js');
      const made = stage.value && svgOf(stage.value);
      return made ? new Blob([made], { type: 'image/svg+xml' }) : null;
    },
  },
  {
    id: 'json',
    says: 'export.json',
    make: async (session) => new Blob([JSON.stringify(traceOf(session))], { type: 'application/json' }),
  },
  { id: 'html', says: 'export.html', make: replayOf },
];

/** One page that shows the run anywhere, with no server. @param {Session} session */
async function replayOf(session) {
  const answer = await fetch('/replay.html');
  if (!answer.ok) throw new Error(`replay.html: ${answer.status}`);
  const known = await api.ops().catch(() => ({}));
  const { trace, now, selection } = session;
  const used = new Set(trace.value.passes.flatMap(({ ops }) => ops.map(({ name }) => name)));
  const ops = Object.fromEntries(Object.entries(known).filter(([name]) => used.has(name)));
  const place = { at: now.value, select: selection.value ?? undefined };
  const page = pageOf(await answer.text(), { ...traceOf(session), ops, place });
  return new Blob([page], { type: 'text/html' });
}

/** The run on show as one document: what it ran, and all that it told. @param {Session} session */
export function traceOf(session) {
  return {
    kineograph: 1,
    run: session.runId.value,
    device: session.device.value,
    code: session.ranCode.value ?? '',
    events: session.trace.value.events,
  };
}

/**
 * Saves the run as a file.
 *
 * @param {Export} row @param {Session} session
 * @returns {Promise<number>} bytes of the file
 */
export async function download({ id, make }, session) {
  const blob = await make(session);
  if (!blob) throw new Error(`there is nothing to save as ${id}`);
  const pass = session.page.value;
  const whole = id === 'json' || id === 'html' || !pass;
  saveAs(blob, whole ? `kineograph.${id}` : `kineograph-pass-${pass.n}.${id}`);
  return blob.size;
}

/** Gives the reader a file. @param {Blob} blob @param {string} name */
export function saveAs(blob, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // the browser reads it in its own time
}
