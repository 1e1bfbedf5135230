// @ts-check
/** The strip of passes: one tile a page. A click, or an arrow key, flips to it. */
import { t, word } from '../i18n/index.js';
import { compare } from '../model/compare.js';
import { html, useEffect, useLayoutEffect, useRef, useState } from './html.js';
import { formatNumber } from './numbers.js';

/** @typedef {import('../session.js').Session} Session */
/** @typedef {import('../protocol/wire').Page} Page */
/** @typedef {import('../model/trace.js').Trace} Trace */

/** Width of a tile with the gap after it, in px; only those in view are in the page. */
const PITCH = 76;
const BESIDE = 4;

/** How a complete page differs from the one before it. @type {WeakMap<Page, { added: number, gone: number }>} */
const differences = new WeakMap();

/** @param {Trace} trace @param {Page} page @param {Page | undefined} before */
function difference(trace, page, before) {
  let found = differences.get(page);
  if (!found) {
    const { added, changed, gone } = compare(trace, before, page);
    found = { added: added.size + changed.size, gone: gone.length + changed.size };
    if (page.endAt !== null) differences.set(page, found);
  }
  return found;
}

/**
 * What is worth saying about a page on its tile: `{ mark, note, look }`.
 *
 * @param {Trace} trace
 * @param {number} index of the page among the passes
 */
export function remark(trace, index) {
  const page = trace.passes[index];
  const before = trace.passes[index - 1];
  const isLast = index === trace.passes.length - 1;
  if (trace.error && isLast && trace.error.at > page.at && page.endAt === null)
    return { mark: '!', note: t('passes.error'), look: 'error' };
  if (isLast && trace.error && page.kind === 'partial')
    return { mark: '!', note: t('passes.error'), look: 'error' };
  if (page.bad) return { mark: 'NaN', note: t('passes.bad'), look: 'bad' };
  if (page.endAt === null) return { mark: '', note: trace.end ? '' : t('passes.growing'), look: 'growing' };
  if (page.sameAs !== null && before && (page.sameAs === before.n || page.sameAs === before.sameAs))
    return { mark: '=', note: t('passes.same', { n: page.sameAs }), look: 'same' };
  if (page.sameAs !== null)
    return {
      mark: t('passes.sameShort', { n: page.sameAs }),
      note: t('passes.same', { n: page.sameAs }),
      look: 'back',
    };
  if (!before) return { mark: '', note: t('passes.new'), look: 'first' };
  const { added, gone } = difference(trace, page, before);
  const mark = [added && `+${added}`, gone && `−${gone}`].filter(Boolean).join(' ');
  return { mark: mark || '≠', note: t('passes.changed', { added, gone }), look: 'changed' };
}

/** @param {{ session: Session }} props */
export function Passes({ session }) {
  const strip = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [view, setView] = useState({ left: 0, width: 800 });
  const trace = session.trace.value;
  void session.clock.length.value; // a page fills while it is looked at
  const { passes } = trace;
  const page = session.page.value;
  const index = page ? passes.indexOf(page) : -1;

  useEffect(() => {
    const element = /** @type {HTMLDivElement} */ (strip.current);
    const measure = () => setView({ left: element.scrollLeft, width: element.clientWidth });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener('scroll', measure, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', measure);
    };
  }, []);
  useLayoutEffect(() => {
    const element = strip.current;
    if (!element || index < 0) return;
    const left = index * PITCH;
    const margin = PITCH / 2;
    if (left - margin < element.scrollLeft) element.scrollLeft = left - margin;
    else if (left + PITCH + margin > element.scrollLeft + element.clientWidth)
      element.scrollLeft = left + PITCH + margin - element.clientWidth;
  }, [index]);

  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    const target = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: passes.length - 1 }[
      event.key
    ];
    if (target === undefined || event.shiftKey) return;
    event.preventDefault();
    const row = passes[Math.min(Math.max(target, 0), passes.length - 1)];
    if (row) session.goToPass(row.n);
  };

  const first = Math.max(0, Math.floor(view.left / PITCH) - BESIDE);
  const last = Math.min(passes.length, Math.ceil((view.left + view.width) / PITCH) + BESIDE);
  return html`<div
    class="passes"
    ref=${strip}
    role="listbox"
    aria-label=${t('passes.label')}
    aria-orientation="horizontal"
    aria-activedescendant=${index >= first && index < last ? `pass-${passes[index].n}` : undefined}
    tabindex="0"
    onKeyDown=${onKeyDown}
  >
    ${passes.length === 0 && html`<p class="empty" role="option" aria-disabled="true">${t('passes.empty')}</p>`}
    <div class="passes-all" role="presentation" style=${{ width: `${passes.length * PITCH}px` }}>
      ${passes
        .slice(first, last)
        .map(
          (each, i) =>
            html`<${Tile}
              key=${each.n}
              session=${session}
              page=${each}
              index=${first + i}
              isCurrent=${first + i === index}
            />`,
        )}
    </div>
  </div>`;
}

/** @param {{ session: Session, page: Page, index: number, isCurrent: boolean }} props */
function Tile({ session, page, index, isCurrent }) {
  const trace = session.trace.value;
  void session.clock.length.value; // the page is the same object while it fills, so its props do not tell
  const { mark, note, look } = remark(trace, index);
  const kind = page.kind ? word('graph.kind', page.kind) : '';
  const loss = page.loss === null ? '' : formatNumber(page.loss, { digits: 3 });
  const said = t('passes.tile', { n: page.n, kind, ops: page.ops.length, loss, note });
  return html`<div
    class=${`tile is-${look} ${isCurrent ? 'is-current' : ''}`}
    id=${`pass-${page.n}`}
    role="option"
    aria-selected=${isCurrent}
    aria-posinset=${index + 1}
    aria-setsize=${trace.passes.length}
    title=${said}
    style=${{ left: `${index * PITCH}px` }}
    onClick=${() => session.goToPass(page.n)}
  >
    <span class="tile-top"><strong>${page.n}</strong><span class="tile-mark">${mark}</span></span>
    <span class="tile-foot">${loss || t('passes.ops', { n: page.ops.length })}</span>
    <span class="unseen">${said}</span>
    ${isCurrent && html`<${Progress} session=${session} page=${page} />`}
  </div>`;
}

/** How much of the page on show has been drawn. @param {{ session: Session, page: Page }} props */
function Progress({ session, page }) {
  const now = session.now.value;
  const end = page.endAt === null ? session.clock.length.value : page.endAt + 1;
  const part = Math.min(1, (now - page.at) / Math.max(1, end - page.at));
  const back = page.backwards.length > 0 && now > page.backwards[0].at;
  return html`<span
    class=${`tile-progress ${back ? 'is-back' : ''}`}
    style=${{ width: `${part * 100}%` }}
  ></span>`;
}
