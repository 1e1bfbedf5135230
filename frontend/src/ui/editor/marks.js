// @ts-check
/** What the run writes into the editor: lit lines, and the error at its place. */
import { StateEffect, StateField } from '@codemirror/state';
import { Decoration, EditorView, WidgetType } from '@codemirror/view';

/**
 * @typedef {object} Marks
 * @property {number[]} lit lines of the step being shown, innermost first; the rest are the calls that led there
 * @property {number[]} selected lines of the selected op
 * @property {{ line: number, col: number | null, endLine: number | null, endCol: number | null, message: string } | null} error
 */

/** @type {import('@codemirror/state').StateEffectType<Marks>} */
export const setMarks = StateEffect.define();

const classes = {
  lit: Decoration.line({ class: 'k-lit' }),
  call: Decoration.line({ class: 'k-call' }),
  selected: Decoration.line({ class: 'k-selected' }),
  error: Decoration.line({ class: 'k-error' }),
  wrong: Decoration.mark({ class: 'k-wrong' }),
};

class Message extends WidgetType {
  /** @param {string} text */
  constructor(text) {
    super();
    this.text = text;
  }

  /** @param {Message} other */
  eq(other) {
    return other.text === this.text;
  }

  toDOM() {
    const box = document.createElement('div');
    box.className = 'k-message';
    box.textContent = this.text;
    return box;
  }
}

/**
 * @param {import('@codemirror/state').Text} doc
 * @param {Marks} marks
 */
function decorations(doc, { lit, selected, error }) {
  /** @type {import('@codemirror/state').Range<Decoration>[]} */
  const found = [];
  /** @param {number} line */
  const at = (line) => (line >= 1 && line <= doc.lines ? doc.line(line) : null);
  lit.forEach((line, depth) => {
    const where = at(line);
    if (where) found.push((depth === 0 ? classes.lit : classes.call).range(where.from));
  });
  for (const line of selected) {
    const where = at(line);
    if (where) found.push(classes.selected.range(where.from));
  }
  const where = error && at(error.line);
  if (error && where) {
    found.push(classes.error.range(where.from));
    const last = at(error.endLine ?? error.line) ?? where;
    const from = Math.min(where.to, where.from + (error.col ?? 0));
    const to = Math.min(doc.length, error.endCol === null ? last.to : last.from + error.endCol);
    if (error.col !== null && to > from) found.push(classes.wrong.range(from, to));
    found.push(
      Decoration.widget({ widget: new Message(error.message), block: true, side: 1 }).range(last.to),
    );
  }
  return Decoration.set(found, true);
}

export const marksField = StateField.define({
  create: () => Decoration.none,
  update(value, transaction) {
    for (const effect of transaction.effects)
      if (effect.is(setMarks)) return decorations(transaction.state.doc, effect.value);
    return value.map(transaction.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});
