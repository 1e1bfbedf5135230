// @ts-check
/** The editor on the page, once it is there: other panels send the reader to a line with it. */
import { signal } from '@preact/signals';

/** @type {import('@preact/signals').Signal<import('./codemirror.js').Editor | null>} */
export const editor = signal(null);
