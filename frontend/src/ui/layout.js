// @ts-check
/** Which panel stands where, by the width of the window. A slot with several panels shows them as tabs. */
import { computed, signal } from './html.js';

/** @typedef {'wide' | 'medium' | 'phone' | 'embed'} Width */

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
  // In a frame of another page the graph comes first, and there is room for little else.
  embed: { centre: ['graph', 'code', 'inspect', 'output'] },
};

const isWide = matchMedia('(min-width: 1200px)');
const isPhone = matchMedia('(max-width: 760px)');

/** @returns {Width} */
const measure = () => (isPhone.matches ? 'phone' : isWide.matches ? 'wide' : 'medium');

const measured = signal(measure());
for (const query of [isWide, isPhone]) query.addEventListener('change', () => (measured.value = measure()));

/** The page stands in a frame of another. */
export const embedded = signal(false);
export const width = computed(() => (embedded.value ? 'embed' : measured.value));
/** One panel at a time, chosen by tabs at the foot. */
export const single = computed(() => width.value === 'phone' || width.value === 'embed');

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

/** The panels that the reader has brought to the front of their slots. */
export const brought = computed(() =>
  Object.entries(places.value).flatMap(([id, { tabs, shown }]) => (shown && id !== tabs[0] ? [id] : [])),
);

/** Brings a panel to the front of its slot. @param {string} panel */
export function show(panel) {
  const place = places.value[panel];
  if (place && !place.shown) front.value = { ...front.value, [place.slot]: panel };
}
