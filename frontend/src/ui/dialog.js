// @ts-check
/** A dialog over the page: its title, a way to close it, what is in it. Focus returns to where it was. */
import { t } from '../i18n/index.js';
import { html } from './html.js';
import { Icon } from './icons.js';

/**
 * @param {{ id: string, title: string, kind?: string, children: import('preact').ComponentChildren }} props
 */
export function Dialog({ id, title, kind = '', children }) {
  /** @param {MouseEvent} event */
  const onClick = (event) => {
    const dialog = /** @type {HTMLDialogElement} */ (event.currentTarget);
    if (event.target === dialog) dialog.close(); // a click beside it
  };
  return html`<dialog class=${`dialog ${kind}`} id=${id} aria-labelledby=${`${id}-title`} onClick=${onClick}>
    <div class="dialog-body">
      <header>
        <h2 id=${`${id}-title`}>${title}</h2>
        <form method="dialog">
          <button class="quiet" aria-label=${t('help.close')}><${Icon} name="close" /></button>
        </form>
      </header>
      ${children}
    </div>
  </dialog>`;
}
