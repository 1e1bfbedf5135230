// @ts-check
/** Everything about time in one bar: transport, the scrubber, the strip of passes. */
import { html } from './html.js';
import { Passes } from './passes.js';
import { Scrubber } from './scrubber.js';
import { Transport } from './transport.js';

/** @param {{ session: import('../session.js').Session }} props */
export function TimeBar({ session }) {
  return html`<div class="timebar">
    <${Transport} session=${session} />
    <${Scrubber} session=${session} />
    <${Passes} session=${session} />
  </div>`;
}
