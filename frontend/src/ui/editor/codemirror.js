// @ts-check
/** The code editor; loaded apart from the page, since it is larger than all the rest. */
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { python, pythonLanguage } from '@codemirror/lang-python';
import { bracketMatching, indentOnInput, indentUnit } from '@codemirror/language';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { EditorState, Prec } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { torchNames } from './complete.js';
import { look } from './look.js';
import { marksField, setMarks } from './marks.js';

/** @typedef {import('./marks.js').Marks} Marks */

/** A line that is brought into view keeps this distance from the editor's edge, in px. */
const REVEAL_MARGIN = 72;

/**
 * @param {HTMLElement} host
 * @param {object} options
 * @param {string} options.doc
 * @param {string} options.label what a screen reader calls it
 * @param {boolean} [options.readOnly]
 * @param {(doc: string) => void} options.onChange
 * @param {(line: number) => void} options.onLine the reader put the cursor on another line
 * @param {() => void} options.onRun
 */
export function createEditor(host, { doc, label, readOnly = false, onChange, onLine, onRun }) {
  // In a shadow root, CodeMirror adopts constructed style sheets; elsewhere it would write a <style> element,
  // which the page's content security policy forbids.
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  let line = 0;

  const extensions = [
    lineNumbers(),
    history(),
    drawSelection(),
    highlightActiveLine(),
    indentOnInput(),
    indentUnit.of('    '),
    EditorState.tabSize.of(4),
    EditorState.readOnly.of(readOnly),
    bracketMatching(),
    closeBrackets(),
    autocompletion(),
    highlightSelectionMatches(),
    search({ top: false }),
    python(),
    pythonLanguage.data.of({ autocomplete: torchNames }),
    marksField,
    look,
    EditorView.contentAttributes.of({
      'aria-label': label,
      tabindex: '0',
      spellcheck: 'false',
      autocapitalize: 'off',
    }),
    EditorView.domEventHandlers({ beforeinput: replaceSelection }),
    Prec.highest(keymap.of([{ key: 'Mod-Enter', run: () => (onRun(), true) }])),
    keymap.of([
      ...closeBracketsKeymap,
      ...defaultKeymap,
      ...searchKeymap,
      ...historyKeymap,
      ...completionKeymap,
      indentWithTab,
    ]),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) onChange(update.state.doc.toString());
      const now = update.state.doc.lineAt(update.state.selection.main.head).number;
      const chosen = update.transactions.some((change) => change.isUserEvent('select'));
      if (chosen && now !== line) onLine(now);
      line = now;
    }),
  ];
  const stateOf = (/** @type {string} */ text) => EditorState.create({ doc: text, extensions });
  const view = new EditorView({ state: stateOf(doc), parent: root, root });

  return {
    view,
    /** Another script: its own undo history. @param {string} text */
    open(text) {
      view.setState(stateOf(text));
    },
    /** @param {Marks} marks */
    mark(marks) {
      view.dispatch({ effects: setMarks.of(marks) });
    },
    /** Brings a line into view; leaves the scroll alone where it is in view already. @param {number} number */
    reveal(number) {
      if (number < 1 || number > view.state.doc.lines) return;
      const { from } = view.state.doc.line(number);
      view.dispatch({ effects: EditorView.scrollIntoView(from, { y: 'nearest', yMargin: REVEAL_MARGIN }) });
    },
    /** Puts the cursor on a line. @param {number} number */
    goTo(number) {
      if (number < 1 || number > view.state.doc.lines) return;
      const { from } = view.state.doc.line(number);
      line = number;
      view.dispatch({
        selection: { anchor: from },
        effects: EditorView.scrollIntoView(from, { y: 'center' }),
      });
      view.focus();
    },
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  };
}

/**
 * Typing over a selection: left to the browser, it would carry the selection's look over in style attributes, which the
 * page's content security policy forbids.
 *
 * @param {InputEvent} event
 * @param {EditorView} view
 */
function replaceSelection(event, view) {
  const { main } = view.state.selection;
  const text = event.data;
  if (event.inputType !== 'insertText' || !text || main.empty || view.composing) return false;
  const insert = () =>
    view.state.update(view.state.replaceSelection(text), { userEvent: 'input.type', scrollIntoView: true });
  const handled = view.state
    .facet(EditorView.inputHandler)
    .some((handler) => handler(view, main.from, main.to, text, insert));
  if (!handled) view.dispatch(insert());
  return true;
}

/** @typedef {ReturnType<typeof createEditor>} Editor */
