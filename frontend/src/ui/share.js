// @ts-check
/** The dialog that hands a run on: as a link, as a frame for another page, as a file. */
import { write } from '../address.js';
import { t } from '../i18n/index.js';
import { Dialog } from './dialog.js';
import { download, exports } from './exports.js';
import { html, signal, useEffect, useState } from './html.js';
import { Icon } from './icons.js';
import { placeOf } from './place.js';

/** @typedef {import('../session.js').Session} Session */

const ID = 'share';
const SAID_FOR_MS = 2500;
/** What was copied last, for those who do not see it. */
const said = signal('');

export function openShare() {
  /** @type {HTMLDialogElement | null} */ (document.getElementById(ID))?.showModal();
}

/** The address of the step on show. @param {Session} session @param {'runs' | 'embed'} [room] */
async function linkTo(session, room = 'runs') {
  return new URL(write(await placeOf(session), room), location.href).href;
}

/** The markup that shows the run in another page. @param {string} url */
export function frameOf(url) {
  const address = url.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  return `<iframe src="${address}" title="${t('embed.title')}" width="800" height="520" style="border:0" allow="clipboard-write" loading="lazy"></iframe>`;
}

/** @param {string} text @param {string} done */
async function copy(text, done) {
  try {
    await navigator.clipboard.writeText(text);
    said.value = done;
  } catch {
    prompt(t('share.copy'), text); // no clipboard without https: let the reader copy it
  }
}

/** @param {Session} session */
export async function copyLink(session) {
  await copy(await linkTo(session), t('share.done'));
}

/** @param {{ session: Session }} props */
export function Share({ session }) {
  return html`<${Dialog} id=${ID} title=${t('share.title')} kind="share-dialog">
      <p>${t('share.body')}</p>
      <div class="share-rows">
        <button type="button" class="small-button" onClick=${() => copyLink(session)}>
          <${Icon} name="link" />${t('share.copy')}
        </button>
        <button
          type="button"
          class="small-button"
          onClick=${async () => copy(frameOf(await linkTo(session, 'embed')), t('embed.done'))}
        >
          <${Icon} name="image" />${t('embed.copy')}
        </button>
      </div>
      <p class="note">${t('embed.note')}</p>
      <h3>${t('export.title')}</h3>
      <div class="share-rows">
        ${exports.map((row) => html`<${Export} key=${row.id} row=${row} session=${session} />`)}
      </div>
    <//>
    <${Said} />`;
}

/** @param {{ row: import('./exports.js').Export, session: Session }} props */
function Export({ row, session }) {
  const [busy, setBusy] = useState(false);
  const save = async () => {
    if (busy) return;
    setBusy(true);
    try {
      const size = await download(row, session);
      said.value = t('export.done', { kind: row.id.toUpperCase(), size });
    } catch {
      said.value = t('export.failed');
    } finally {
      setBusy(false);
    }
  };
  return html`<button
    type="button"
    class="small-button export"
    aria-busy=${busy}
    disabled=${session.clock.length.value === 0}
    onClick=${save}
  >
    <strong>${row.id.toUpperCase()}</strong><span>${t(row.says)}</span>
  </button>`;
}

/** What was done, at the foot of the page for a moment. */
function Said() {
  const text = said.value;
  useEffect(() => {
    if (!text) return undefined;
    const timer = setTimeout(() => (said.value = ''), SAID_FOR_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return html`<p class=${`said ${text ? 'is-said' : ''}`} role="status">${text}</p>`;
}
