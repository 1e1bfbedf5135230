// @ts-check
/** The frame around a panel: its title, or the tabs of the slot that it shares. */
import { t } from '../i18n/index.js';
import { html } from './html.js';
import { places, show, single } from './layout.js';
import { panels } from './panels.js';

/** @param {{ row: import('./panels.js').PanelRow, session: import('../session.js').Session }} props */
export function Panel({ row, session }) {
  const place = places.value[row.id];
  // On a phone the tabs are at the foot of the page, under the thumb.
  const tabbed = place.tabs.length > 1 && !single.value;
  return html`<section
    class=${`panel panel-${row.id}`}
    id=${`panel-${row.id}`}
    data-slot=${place.slot}
    hidden=${!place.shown}
    role=${place.tabs.length > 1 ? 'tabpanel' : undefined}
    aria-label=${t(row.title)}
  >
    ${
      tabbed
        ? html`<${Tabs} tabs=${place.tabs} current=${row.id} />`
        : row.id !== 'graph' && html`<header class="panel-head"><h2>${t(row.title)}</h2></header>`
    }
    <div class="panel-body"><${row.body} session=${session} /></div>
  </section>`;
}

/** @param {{ tabs: string[], current: string }} props */
export function Tabs({ tabs, current }) {
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!move) return;
    event.preventDefault();
    const next = tabs[(tabs.indexOf(current) + move + tabs.length) % tabs.length];
    show(next);
    // The tab that takes the focus may be in another panel's head, drawn only now.
    requestAnimationFrame(() => {
      const shown = [...document.querySelectorAll(`[data-tab="${next}"]`)];
      const visible = shown.find((tab) => /** @type {HTMLElement} */ (tab).offsetParent !== null);
      /** @type {HTMLElement | undefined} */ (visible)?.focus();
    });
  };
  return html`<div class="tabs" role="tablist" aria-label=${t('panel.tabs')} onKeyDown=${onKeyDown}>
    ${tabs.map((id) => {
      const row = panels.find((each) => each.id === id);
      return html`<button
        key=${id}
        type="button"
        role="tab"
        data-tab=${id}
        aria-selected=${id === current}
        aria-controls=${`panel-${id}`}
        tabindex=${id === current ? 0 : -1}
        onClick=${() => show(id)}
      >
        ${row && t(row.title)}${row?.count?.() && html`<span class="tab-count">${row.count()}</span>`}
      </button>`;
    })}
  </div>`;
}
