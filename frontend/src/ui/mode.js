// @ts-check
/** How a run builds its graph: anew on each pass, once, or both side by side. */
import { t } from '../i18n/index.js';
import { html } from './html.js';

const MODES = /** @type {const} */ (['dynamic', 'static', 'both']);

/** @param {{ session: import('../session.js').Session }} props */
export function Mode({ session }) {
  return html`<fieldset class="device mode" disabled=${session.busy.value}>
    <legend class="unseen">${t('mode.label')}</legend>
    ${MODES.map(
      (mode) =>
        html`<label key=${mode} title=${t(`mode.${mode}.tip`)}>
          <input
            type="radio"
            name="mode"
            value=${mode}
            checked=${session.mode.value === mode}
            onChange=${() => (session.mode.value = mode)}
          /><span>${t(`mode.${mode}`)}</span>
        </label>`,
    )}
  </fieldset>`;
}
