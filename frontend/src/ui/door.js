// @ts-check
/** The dialog that asks for the server's token, where the server wants one and the visitor came without. */
import { api, locked, Problem } from '../api/client.js';
import { t } from '../i18n/index.js';
import { html, signal, useEffect, useRef } from './html.js';

/** What the server said to the last try. @type {import('@preact/signals').Signal<string | null>} */
const refusal = signal(null);

export function Door() {
  /** @type {{ current: HTMLDialogElement | null }} */
  const dialog = useRef(null);
  const open = locked.value;
  useEffect(() => {
    if (open && !dialog.current?.open) dialog.current?.showModal();
  }, [open]);
  /** @param {SubmitEvent} event */
  const onSubmit = async (event) => {
    event.preventDefault();
    const given = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget));
    try {
      await api.comeIn(String(given.get('token') ?? '').trim());
      location.reload(); // everything that was refused is asked for again
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      refusal.value = error.status === 401 ? t('door.wrong') : error.message;
    }
  };
  /** @param {Event} event */
  const stay = (event) => event.preventDefault(); // there is nothing behind it to go back to
  return html`<dialog class="door" ref=${dialog} aria-labelledby="door-title" onCancel=${stay}>
    <form onSubmit=${onSubmit}>
      <h2 id="door-title">${t('door.title')}</h2>
      <p>${t('door.body')}</p>
      <label for="door-token">${t('door.label')}</label>
      <input
        id="door-token"
        name="token"
        type="password"
        autocomplete="current-password"
        required
        aria-describedby="door-refusal"
      />
      <p id="door-refusal" class="door-refusal" role="alert">${refusal.value}</p>
      <button class="run" type="submit">${t('door.enter')}</button>
    </form>
  </dialog>`;
}
