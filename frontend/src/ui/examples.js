// @ts-check
/** The gallery of example scripts. */
import { api } from '../api/client.js';
import { keepDraft, recallDraft } from '../drafts.js';
import { t } from '../i18n/index.js';
import { effect, html, signal, useEffect, useRef, useState } from './html.js';
import { Icon } from './icons.js';

/** @typedef {import('../api/client.js').Example} Example */
/** @typedef {import('../session.js').Session} Session */

/** @type {import('@preact/signals').Signal<Example[]>} */
const examples = signal([]);
const failed = signal(false);
/** The example that the script in the editor began as. @type {import('@preact/signals').Signal<string | null>} */
const current = signal(null);

/** Fetches the examples; the first fills an editor that is still empty. @param {Session} session */
export async function loadExamples(session) {
  try {
    failed.value = false;
    examples.value = await api.examples();
    if (session.code.value === '' && session.runId.value === null && examples.value.length)
      open(session, examples.value[0]);
  } catch {
    failed.value = true;
  }
}

/** Puts the reader's last script back, and keeps what is written from now on. @param {Session} session */
export function keepScript(session) {
  const draft = recallDraft();
  if (draft) {
    session.code.value = draft.code;
    current.value = draft.example;
  }
  effect(() => {
    const code = session.code.value;
    const example = current.value;
    const untouched = code === '' || examples.value.find(({ id }) => id === example)?.code === code;
    if (examples.value.length || code !== draft?.code)
      keepDraft(untouched && !example ? null : { example, code });
  });
}

/** The example in the editor, where nothing in it was edited. @param {Session} session */
export function untouchedExample(session) {
  const index = examples.value.findIndex(({ id }) => id === current.value);
  const code = session.code.value;
  return index >= 0 && examples.value[index].code === code ? { id: examples.value[index].id, index } : null;
}

/** Opens an example by its id, once the examples are there. @param {Session} session @param {string} id */
export function openExample(session, id) {
  const stop = effect(() => {
    const example = examples.value.find((each) => each.id === id);
    if (example) open(session, example);
    if (example || failed.value) queueMicrotask(() => stop());
  });
}

/** @param {Session} session @param {Example} example */
function open(session, example) {
  current.value = example.id;
  session.code.value = example.code;
}

/** Text in which `backticks` mark code. @param {string} text */
const withCode = (text) => text.split('`').map((part, i) => (i % 2 ? html`<code>${part}</code>` : part));

/** @param {{ session: Session }} props */
export function Examples({ session }) {
  const [isOpen, setOpen] = useState(false);
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const button = useRef(/** @type {HTMLButtonElement | null} */ (null));

  useEffect(() => {
    if (!isOpen) return undefined;
    const rows = box.current?.querySelectorAll('[role=menuitemradio]');
    const first = /** @type {HTMLElement | undefined} */ (
      [...(rows ?? [])].find((row) => row.getAttribute('aria-checked') === 'true') ?? rows?.[0]
    );
    first?.focus();
    /** @param {Event} event */
    const outside = (event) => !box.current?.contains(/** @type {Node} */ (event.target)) && setOpen(false);
    document.addEventListener('pointerdown', outside);
    return () => document.removeEventListener('pointerdown', outside);
  }, [isOpen]);

  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    if (!isOpen) return;
    if (event.key === 'Escape' || event.key === 'Tab') {
      setOpen(false);
      button.current?.focus();
    }
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === 'Escape' || move) event.preventDefault();
    if (!move) return;
    const rows = [.../** @type {HTMLDivElement} */ (box.current).querySelectorAll('[role=menuitemradio]')];
    const at = rows.indexOf(/** @type {Element} */ (document.activeElement));
    /** @type {HTMLElement} */ (rows[(at + move + rows.length) % rows.length])?.focus();
  };

  const example = examples.value.find(({ id }) => id === current.value);
  const edited = example !== undefined && example.code !== session.code.value;
  return html`<div class="examples" ref=${box} onKeyDown=${onKeyDown}>
    <button
      type="button"
      class="examples-button"
      ref=${button}
      aria-haspopup="menu"
      aria-expanded=${isOpen}
      onClick=${() => setOpen(!isOpen)}
    >
      <${Icon} name="book" />
      <span class="examples-title">${example?.title ?? t('examples.label')}</span>
      ${edited && html`<span class="tag">${t('examples.edited')}</span>`}
      <${Icon} name="chevron" />
    </button>
    ${
      isOpen &&
      html`<div class="menu" role="menu" aria-label=${t('examples.label')}>
        ${
          failed.value &&
          html`<p class="menu-note">
            ${t('examples.none')}
            <button type="button" class="text-button" onClick=${() => loadExamples(session)}>
              ${t('examples.again')}
            </button>
          </p>`
        }
        ${examples.value.map(
          (row) =>
            html`<button
              key=${row.id}
              type="button"
              role="menuitemradio"
              aria-checked=${row.id === current.value}
              onClick=${() => {
                open(session, row);
                setOpen(false);
                button.current?.focus();
              }}
            >
              <strong>${row.title}</strong><span>${withCode(row.teaches)}</span>
            </button>`,
        )}
      </div>`
    }
  </div>`;
}
