// @ts-check
/** The script: the editor, lit by the run, with the error under it when there is one. */
import { t } from '../i18n/index.js';
import { editor } from './editor/current.js';
import { saveAs } from './exports.js';
import { html, useEffect, useRef, useSignalEffect, useState } from './html.js';
import { Problem } from './problem.js';

/** @typedef {import('../session.js').Session} Session */

/** @param {{ session: Session }} props */
export function Code({ session }) {
  const host = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [failed, setFailed] = useState(false);
  const shown = useRef({ selection: /** @type {string | null} */ (null) });

  useEffect(() => {
    let gone = false;
    import('./editor/codemirror.js').then(
      ({ createEditor }) => {
        if (gone || !host.current) return;
        editor.value = createEditor(host.current, {
          doc: session.code.value,
          label: t('code.label'),
          readOnly: session.readOnly,
          onChange: (code) => (session.code.value = code),
          onLine: (line) => session.selectLine(line),
          onRun: () => (session.busy.value ? session.cancel() : session.start()),
        });
      },
      () => setFailed(true),
    );
    return () => {
      gone = true;
      editor.value?.destroy();
      editor.value = null;
    };
  }, [session]);

  useSignalEffect(() => {
    const code = session.code.value;
    const view = editor.value;
    if (view && view.view.state.doc.toString() !== code) view.open(code);
  });
  useSignalEffect(() => light(session));
  useSignalEffect(() => keepInView(session, shown.current));

  return html`<div class="code">
    ${
      failed
        ? html`<textarea
            class="code-plain"
            aria-label=${t('code.label')}
            value=${session.code.value}
            onInput=${(/** @type {InputEvent} */ event) =>
              (session.code.value = /** @type {HTMLTextAreaElement} */ (event.target).value)}
          ></textarea>`
        : html`<div class="code-editor" ref=${host}></div>`
    }
    <p class="unseen">${t('code.hint')}</p>
    ${!session.readOnly && html`<${Files} session=${session} />`}
    <${Stale} session=${session} />
    <${Problem} session=${session} />
  </div>`;
}

/** Lights the lines of the step on show. @param {Session} session */
function light(session) {
  const view = editor.value;
  if (!view) return;
  const trace = session.trace.value;
  const now = session.now.value;
  const none = { lit: [], selected: [], error: null };
  if (session.stale.value || session.ranCode.value === null) return view.mark(none);

  const { error } = trace;
  const failed = error && now > error.at && error.line ? error : null;
  const lit = failed ? [] : linesAt(trace, now);
  const selected = session.selection.value ? linesOf(trace, session.selection.value) : [];
  view.mark({
    lit,
    selected: session.line.value ? [session.line.value] : selected.slice(0, 1),
    error: failed && {
      line: Number(failed.line),
      col: failed.col ?? null,
      endLine: failed.end_line ?? null,
      endCol: failed.end_col ?? null,
      message: `${failed.exception}: ${failed.message}`,
    },
  });
}

/**
 * Keeps in view the line of what was newly selected, else the line that runs.
 *
 * @param {Session} session
 * @param {{ selection: string | null }} shown what was selected the last time; kept up to date
 */
function keepInView(session, shown) {
  const now = session.now.value;
  const trace = session.trace.value;
  const selection = session.selection.value;
  const isNew = selection !== null && selection !== shown.selection;
  shown.selection = selection;
  if (now === 0 || session.stale.peek()) return;
  const { error } = trace;
  const [line] =
    isNew && selection !== null
      ? linesOf(trace, selection)
      : error && now > error.at
        ? [error.line]
        : linesAt(trace, now);
  if (line) editor.peek()?.reveal(line);
}

/**
 * The lines of the last op, gradient or branch before a position, innermost first.
 *
 * @param {import('../model/trace.js').Trace} trace
 * @param {number} at
 * @returns {number[]}
 */
function linesAt(trace, at) {
  if (trace.end && at >= trace.length) return []; // it is over: no line runs
  for (let i = at - 1; i >= 0; i -= 1) {
    const event = trace.events[i];
    if (event.type === 'op' || event.type === 'again') return linesOf(trace, `${event.pass}.${event.index}`);
    if (event.type === 'vjp') return linesOf(trace, event.op);
    if (
      (event.type === 'branch' || event.type === 'backward') &&
      event.site !== undefined &&
      event.site !== null
    ) {
      const site = trace.sites.get(event.site);
      if (site) return [site.line];
    }
    if (event.type === 'grad') {
      const backward = trace.backwards.get(event.backward);
      const site = trace.site(backward?.site ?? null);
      if (site) return [site.line];
    }
  }
  return [];
}

/** @param {import('../model/trace.js').Trace} trace @param {string} id */
function linesOf(trace, id) {
  const made = trace.tensor(id)?.madeBy;
  const op = trace.op(id) ?? (made ? trace.op(made) : undefined);
  return op ? trace.callLines(op) : [];
}

/** @param {{ session: Session }} props */
function Stale({ session }) {
  if (!session.stale.value) return null;
  return html`<p class="stale">
    <span>${t('code.stale')}</span>
    <button
      type="button"
      class="text-button"
      onClick=${() => (session.code.value = session.ranCode.value ?? '')}
    >
      ${t('code.revert')}
    </button>
  </p>`;
}

/** A script from a file of the reader's, and back into one. @param {{ session: Session }} props */
function Files({ session }) {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  /** @param {Event} event */
  const open = async (event) => {
    const field = /** @type {HTMLInputElement} */ (event.currentTarget);
    const [file] = field.files ?? [];
    field.value = ''; // the same file may be chosen again
    if (file) session.code.value = await file.text();
  };
  return html`<div class="code-files">
    <input ref=${input} type="file" accept=".py,text/x-python,text/plain" hidden onChange=${open} />
    <button type="button" class="text-button" onClick=${() => input.current?.click()}>
      ${t('code.open')}
    </button>
    <button
      type="button"
      class="text-button"
      onClick=${() => saveAs(new Blob([session.code.value], { type: 'text/x-python' }), 'script.py')}
    >
      ${t('code.save')}
    </button>
  </div>`;
}
