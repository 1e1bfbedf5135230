// @ts-check
/** The page as a tree of words: scopes, and the ops in them. The same selection as the picture. */
import { t } from '../i18n/index.js';
import { html, useEffect, useRef, useState } from './html.js';
import { formatNumber, formatShape } from './numbers.js';

/** @typedef {import('../session.js').Session} Session */
/** @typedef {import('../protocol/wire').OpRecord} OpRecord */
/** @typedef {import('../model/trace.js').Trace} Trace */
/**
 * @typedef {object} Row
 * @property {string} id of the op, or `scope:…`
 * @property {number} level from 1
 * @property {string} name
 * @property {OpRecord | null} op
 * @property {number} inside for a scope: how many ops
 * @property {boolean} isOpen
 */

/** Height of a row in px; only those in view are in the page. */
const ROW = 26;

/**
 * The rows of a page: each op under its scopes, in the order in which they ran.
 *
 * @param {Trace} trace
 * @param {OpRecord[]} ops
 * @param {Set<string>} closed scopes whose content is folded away
 * @returns {Row[]}
 */
export function rowsOf(trace, ops, closed) {
  /** @type {Row[]} */
  const rows = [];
  /** @type {Row[]} */
  let open = [];
  for (const op of ops) {
    const path = trace.scopePath(op.scope);
    const same = path.findIndex((scope, i) => open[i]?.id !== `scope:${scope.scope}`);
    open = open.slice(0, same < 0 ? path.length : same);
    while (open.length < path.length) {
      const scope = path[open.length];
      const row = {
        id: `scope:${scope.scope}`,
        level: open.length + 1,
        name: scope.cls ? `${scope.name} ${scope.cls}` : scope.name,
        op: null,
        inside: 0,
        isOpen: !closed.has(`scope:${scope.scope}`),
      };
      if (open.every(({ isOpen }) => isOpen)) rows.push(row);
      open.push(row);
    }
    for (const scope of open) scope.inside += 1;
    if (open.every(({ isOpen }) => isOpen))
      rows.push({ id: op.id, level: open.length + 1, name: op.name, op, inside: 0, isOpen: false });
  }
  return rows;
}

/** @param {{ session: Session }} props */
export function Outline({ session }) {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [closed, setClosed] = useState(/** @type {Set<string>} */ (new Set()));
  const [cursor, setCursor] = useState(/** @type {string | null} */ (null));
  const [view, setView] = useState({ top: 0, height: 600 });
  const trace = session.trace.value;
  const page = session.page.value;
  const now = session.now.value;
  const ops = (page?.ops ?? []).filter((op) => op.at < now);
  const rows = rowsOf(trace, ops, closed);
  const selected = session.selection.value;
  const active = Math.max(
    0,
    rows.findIndex(({ id }) => id === (cursor ?? selected)),
  );

  useEffect(() => {
    const element = /** @type {HTMLDivElement} */ (box.current);
    const measure = () => setView({ top: element.scrollTop, height: element.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener('scroll', measure, { passive: true });
    return () => observer.disconnect();
  }, []);
  useEffect(() => setCursor(null), [selected]);

  /** @param {number} index */
  const go = (index) => {
    const row = rows[Math.min(Math.max(index, 0), rows.length - 1)];
    if (!row) return;
    setCursor(row.id);
    if (row.op) session.select(row.id);
    const element = /** @type {HTMLDivElement} */ (box.current);
    const top = rows.indexOf(row) * ROW;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + ROW > element.scrollTop + element.clientHeight)
      element.scrollTop = top + ROW - element.clientHeight;
  };
  /** @param {Row} row @param {boolean} isOpen */
  const fold = (row, isOpen) => {
    const next = new Set(closed);
    if (isOpen) next.delete(row.id);
    else next.add(row.id);
    setClosed(next);
  };
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    const row = rows[active];
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    /** @type {Record<string, () => void>} */
    const moves = {
      ArrowDown: () => go(active + 1),
      ArrowUp: () => go(active - 1),
      Home: () => go(0),
      End: () => go(rows.length - 1),
      ArrowRight: () => (row.op || row.isOpen ? go(active + 1) : fold(row, true)),
      ArrowLeft: () => {
        if (!row.op && row.isOpen) fold(row, false);
        else go(rows.findLastIndex(({ level }, i) => i < active && level < row.level));
      },
      Enter: () => go(active),
      ' ': () => (row.op ? go(active) : fold(row, !row.isOpen)),
    };
    if (!moves[event.key]) return;
    event.preventDefault();
    moves[event.key]();
  };

  const first = Math.max(0, Math.floor(view.top / ROW) - 10);
  const last = Math.min(rows.length, Math.ceil((view.top + view.height) / ROW) + 10);
  return html`<aside class="outline" aria-label=${t('outline.label')}>
    ${rows.length === 0 && html`<p class="empty">${t('outline.empty')}</p>`}
    <div
      class="tree"
      ref=${box}
      role="tree"
      tabindex="0"
      aria-label=${t('outline.label')}
      aria-activedescendant=${rows[active] ? rowId(rows[active]) : undefined}
      onKeyDown=${onKeyDown}
    >
      <div class="tree-all" role="presentation" style=${{ height: `${rows.length * ROW}px` }}>
        ${rows
          .slice(first, last)
          .map(
            (row, i) =>
              html`<${Item}
                key=${row.id}
                row=${row}
                index=${first + i}
                trace=${trace}
                isActive=${first + i === active}
                isSelected=${row.id === selected}
                onPick=${() => (row.op ? go(first + i) : fold(row, !row.isOpen))}
              />`,
          )}
      </div>
    </div>
  </aside>`;
}

/** @param {Row} row */
const rowId = (row) => `row-${row.id.replace(/[^\w-]/g, '-')}`;

/** @param {{ row: Row, index: number, trace: Trace, isActive: boolean, isSelected: boolean, onPick: () => void }} props */
function Item({ row, index, trace, isActive, isSelected, onPick }) {
  const { op } = row;
  const tensor = op ? trace.tensor(op.outputs[0]) : undefined;
  const line = op ? trace.lineOf(op) : null;
  const value = tensor?.values.at(-1)?.value.data;
  const number = value?.length === 1 ? formatNumber(value[0], { dtype: tensor?.dtype }) : '';
  const shape = tensor ? formatShape(tensor.shape) : '';
  return html`<div
    class=${`tree-row ${op ? 'is-op' : 'is-scope'} ${isActive ? 'is-active' : ''}`}
    id=${rowId(row)}
    role="treeitem"
    aria-level=${row.level}
    aria-selected=${isSelected}
    aria-expanded=${op ? undefined : row.isOpen}
    style=${{ top: `${index * ROW}px`, paddingLeft: `${8 + (row.level - 1) * 14}px` }}
    onClick=${onPick}
  >
    <span class="tree-name">${row.name}</span>
    <span class="tree-shape"
      >${op ? number || shape : row.isOpen ? '' : t('passes.ops', { n: row.inside })}</span
    >
    <span class="tree-line">${line ? t('inspect.line', { line }) : ''}</span>
  </div>`;
}
