// @ts-check
/** The page's icons, drawn on a 16 × 16 grid in the colour of the text beside them. They are decoration: the words say it. */
import { html } from './html.js';

/** @type {Record<string, string>} */
const paths = {
  play: 'M4.5 2.8v10.4l8.5-5.2z',
  pause: 'M4 3h3v10H4zM9 3h3v10H9z',
  stop: 'M3.5 3.5h9v9h-9z',
  back: 'M10.5 3.5 6 8l4.5 4.5',
  forward: 'M5.5 3.5 10 8l-4.5 4.5',
  previousPass: 'M12 3.5 7.5 8l4.5 4.5M4 3.5v9',
  nextPass: 'M4 3.5 8.5 8 4 12.5M12 3.5v9',
  end: 'M2.5 3.5 7 8l-4.5 4.5M7 3.5 11.5 8 7 12.5M13.5 3.5v9',
  link: 'M6.5 9.5l3-3M7 4.8l1.6-1.6a2.9 2.9 0 0 1 4.1 4.1L11.2 9M9 11.2l-1.6 1.6a2.9 2.9 0 0 1-4.1-4.1L4.8 7',
  sun: 'M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6M8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1.1 1.1M11.9 11.9 13 13M3 13l1.1-1.1M11.9 4.1 13 3',
  moon: 'M13 9.5A5.5 5.5 0 0 1 6.5 3a5.5 5.5 0 1 0 6.5 6.5z',
  system: 'M2 3h12v8H2zM6 14h4M8 11v3',
  help: 'M5.8 6a2.2 2.2 0 1 1 3.3 1.9c-.7.4-1.1.9-1.1 1.7M8 12v.2',
  present: 'M1.5 2.5h13M3 2.5V10h10V2.5M8 10v2M5.5 14 8 12l2.5 2',
  chevron: 'm4 6 4 4 4-4',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  fit: 'M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10',
  outline: 'M2.5 3.5h11M5.5 8h8M5.5 12.5h8M2.5 8h.2M2.5 12.5h.2',
  image: 'M8 2.5v7.5M4.8 7 8 10.2 11.2 7M2.5 13.5h11',
  close: 'm4 4 8 8M12 4l-8 8',
  book: 'M3 2.5h7.5A2.5 2.5 0 0 1 13 5v8.5H5.5A2.5 2.5 0 0 1 3 11zM3 11a2 2 0 0 1 2-1.5h8',
  warning: 'M8 2.2 14.5 13.5h-13zM8 6.5v3.2M8 11.5v.2',
  check: 'm3 8.5 3.3 3.3L13 4.5',
};
/** Those drawn as a surface rather than as lines. */
const filled = new Set(['play', 'pause', 'stop']);

/** @param {{ name: string }} props */
export function Icon({ name }) {
  return html`<svg
    class="icon"
    viewBox="0 0 16 16"
    width="16"
    height="16"
    aria-hidden="true"
    focusable="false"
  >
    <path
      d=${paths[name]}
      fill=${filled.has(name) ? 'currentColor' : 'none'}
      stroke=${filled.has(name) ? 'none' : 'currentColor'}
      stroke-width="1.5"
      stroke-linecap="round"
      stroke-linejoin="round"
    />
  </svg>`;
}

/** The name's mark: a leaf of a flip book lifted off the next. */
export function Mark() {
  return html`<svg
    class="mark"
    viewBox="0 0 32 32"
    width="26"
    height="26"
    aria-hidden="true"
    focusable="false"
  >
    <rect class="mark-3" x="9" y="2.5" width="20" height="22" rx="3" />
    <rect class="mark-2" x="6" y="5" width="20" height="22" rx="3" />
    <rect class="mark-1" x="3" y="7.5" width="20" height="22" rx="3" />
    <path d="M9.5 24V13M9.5 18.5h4M17.5 13l-4 5.5 4 5.5" />
  </svg>`;
}
