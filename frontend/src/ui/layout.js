// @ts-check
/** Which panel stands where, by the width of the window. A slot with several panels shows them as tabs. */
import { computed, signal } from './html.js';

/** @typedef {'wide' | 'medium' | 'phone'} Width */

/**
 * The slots are areas of the grid in styles/layout.css.
 * @type {Record<Width, Record<string, string[]>>}
 */
const layouts = {
  wide: {
    left: ['code'],
    foot: ['output'],
    centre: ['graph'],
    right: ['inspect', 'alarms'],
    corner: ['chart'],
  },
  medium: { left: ['code'], foot: ['inspect', 'alarms', 'output', 'chart'], centre: ['graph'] },
  phone: { centre: ['code', 'graph', 'inspect', 'alarms', 'output', 'chart'] },
};

const isWide = matchMedia('(min-width: 1200px)');
const isPhone = matchMedia('(max-width: 760px)');

/** @returns {Width} */
const measure = () => (isPhone.matches ? 'phone' : isWide.matches ? 'wide' : 'medium');

export const width = signal(measure());
for (const query of [isWide, isPhone]) query.addEventListener('change', () => (width.value = measure()));

/** The panel in front in each slot that has tabs. @type {import('@preact/signals').Signal<Record<string, string>>} */
const front = signal({});

/** Where each panel stands now: `{ slot, tabs, shown }`. */
export const places = computed(() => {
  /** @type {Record<string, { slot: string, tabs: string[], shown: boolean }>} */
  const found = {};
  for (const [slot, tabs] of Object.entries(layouts[width.value])) {
    const shown = tabs.includes(front.value[slot]) ? front.value[slot] : tabs[0];
    for (const panel of tabs) found[panel] = { slot, tabs, shown: panel === shown };
  }
  return found;
});

/** Brings a panel to the front of its slot. @param {string} panel */
export function show(panel) {
  const place = places.value[panel];
  if (place && !place.shown) front.value = { ...front.value, [place.slot]: panel };
}
