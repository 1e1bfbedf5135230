// @ts-check
/** Whether the reader asked for less motion. */
import { signal } from './html.js';

const query = matchMedia('(prefers-reduced-motion: reduce)');
export const reducedMotion = signal(query.matches);
query.addEventListener('change', (event) => (reducedMotion.value = event.matches));
