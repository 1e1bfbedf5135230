// @ts-check
/** The dialog that lists the keyboard shortcuts. */
import { t } from '../i18n/index.js';
import { caps, shortcuts } from '../keys.js';
import { html } from './html.js';
import { Icon } from './icons.js';

const ID = 'help';

export function openHelp() {
  const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById(ID));
  if (dialog && !dialog.open) dialog.showModal();
}

export function Help() {
  const groups = [...new Set(shortcuts.map(({ group }) => group))];
  /** @param {MouseEvent} event */
  const onClick = (event) => {
    const dialog = /** @type {HTMLDialogElement} */ (event.currentTarget);
    if (event.target === dialog) dialog.close(); // a click beside it
  };
  return html`<dialog class="help" id=${ID} aria-labelledby="help-title" onClick=${onClick}>
    <form method="dialog">
      <header>
        <h2 id="help-title">${t('help.title')}</h2>
        <button class="quiet" aria-label=${t('help.close')}><${Icon} name="close" /></button>
      </header>
      <div class="help-groups">
        ${groups.map(
          (group) =>
            html`<section key=${group}>
              <h3>${t(group)}</h3>
              <dl>
                ${shortcuts
                  .filter((each) => each.group === group)
                  .map(
                    ({ action, keys, says }) =>
                      html`<div key=${action}>
                        <dt>
                          ${keys.map(
                            (name, i) =>
                              html`${i > 0 && html`<i> / </i>`}${caps(name).map(
                                (cap) => html`<kbd>${cap}</kbd>`,
                              )}`,
                          )}
                        </dt>
                        <dd>${t(says)}</dd>
                      </div>`,
                  )}
              </dl>
            </section>`,
        )}
      </div>
      <footer><a href="/docs">${t('help.docs')}</a></footer>
    </form>
  </dialog>`;
}
