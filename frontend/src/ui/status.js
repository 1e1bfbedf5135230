// @ts-check
/** What the run is doing, in two words and a mark whose shape says it too. */
import { t, word } from '../i18n/index.js';
import { html } from './html.js';

/** @param {{ session: import('../session.js').Session }} props */
export function Status({ session }) {
  const status = session.status.value;
  const connection = session.connection.value;
  const lost = session.busy.value && (connection === 'reconnecting' || connection === 'offline');
  const state = lost ? connection : status;
  const reason = session.reason.value;
  const place = session.place.value;
  const waits = state === 'queued' && place !== null;
  const text = waits ? t('status.place', { before: place }) : word('status', state);
  const full = reason && !lost ? t('status.reason', { status: text, reason }) : text;
  return html`<p class="status" data-state=${state} role="status" title=${full}>
    <span class="status-mark" aria-hidden="true"></span>
    <span class="status-text">${status === 'killed' ? full : text}</span>
  </p>`;
}
