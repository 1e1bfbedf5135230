// @ts-check
/** What each parameter got on the way back, largest first: bars over powers of ten. */
import { gradientFlow } from '../../alarms/flow.js';
import { t } from '../../i18n/index.js';
import { html } from '../html.js';
import { formatNumber } from '../numbers.js';
import { heat } from './watch.js';

/** @typedef {import('../../session.js').Session} Session */

/** The scale: from 10⁻¹⁰ to 10². */
const LOW = -10;
const HIGH = 2;
/** More rows are folded away. */
const MOST = 60;

/** @param {number} rms part of the full bar */
const part = (rms) => (rms > 0 ? Math.min(1, Math.max(0.01, (Math.log10(rms) - LOW) / (HIGH - LOW))) : 0);

/** @param {{ session: Session }} props */
export function Flow({ session }) {
  const page = session.page.value;
  const now = session.now.value;
  if (!page) return null;
  const shares = gradientFlow(session.trace.value, page).filter(({ at }) => at < now);
  if (!shares.length) return null;
  return html`<section class="flow">
    <h3>${t('alarms.flow')}</h3>
    <p class="note">${t('alarms.flow.note')}</p>
    <ol>
      ${shares.slice(0, MOST).map(
        ({ tensor, name, rms }) =>
          html`<li key=${tensor.id}>
            <button type="button" onClick=${() => session.select(tensor.id)}>
              <span class="flow-name">${name}</span>
              <span class="flow-bar" style=${{ '--part': part(rms) }} aria-hidden="true"></span>
              <span class=${`flow-number ${Number.isFinite(rms) ? '' : 'is-bad'}`}
                >${formatNumber(rms, { digits: 2 })}</span
              >
            </button>
          </li>`,
      )}
    </ol>
    <label class="check">
      <input
        type="checkbox"
        checked=${heat.value}
        onChange=${(/** @type {any} */ event) => (heat.value = event.target.checked)}
      />
      ${t('alarms.heat')}
    </label>
  </section>`;
}
