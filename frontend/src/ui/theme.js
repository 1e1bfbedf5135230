// @ts-check
/** Light, dark, or as the system says. public/theme.js makes the same choice before the first paint. */
import { keep, recall } from '../drafts.js';
import { effect, signal } from './html.js';

/** @typedef {'system' | 'light' | 'dark'} Choice */
/** @type {Choice[]} */
export const choices = ['system', 'light', 'dark'];

const system = matchMedia('(prefers-color-scheme: dark)');
const systemDark = signal(system.matches);
system.addEventListener('change', (event) => (systemDark.value = event.matches));

const asked = new URLSearchParams(location.hash.slice(1)).get('theme');
const kept = /** @type {Choice} */ (asked ?? recall('theme'));
/** What the address asks for, else what the reader chose. */
export const choice = signal(choices.includes(kept) ? kept : 'system');
/** What that comes to. @type {import('@preact/signals').Signal<'light' | 'dark'>} */
export const theme = signal('light');

effect(() => {
  const dark = choice.value === 'dark' || (choice.value === 'system' && systemDark.value);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  theme.value = dark ? 'dark' : 'light';
});

/** @param {Choice} next */
export function choose(next) {
  choice.value = next;
  keep('theme', next === 'system' ? null : next);
}
