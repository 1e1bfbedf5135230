// @ts-check
/**
 * The page's address: the whole state of a visit. `/runs/{id}#pass=3&t=120&select=3.12&view=40,80,1.2`
 *
 * | part | holds |
 * | --- | --- |
 * | `/runs/{id}`, `/embed/{id}` | the run, on the whole page or in a frame of another |
 * | `t`, `pass` | the step: after that event, or at the end of that pass |
 * | `select` | the selected op or tensor |
 * | `view` | where the camera looks, once the reader has led it: the middle of the view in world px, and the zoom |
 * | `panel` | the panels in front, where they are not those that a fresh page shows |
 * | `code`, `example`, `device` | what a run does not hold: a script not run yet, packed, or the example that it is |
 * | `lang`, `theme` | what the reader chose, where that is not the browser's or the system's choice |
 */

/** @typedef {{ x: number, y: number, k: number }} View */
/**
 * @typedef {object} Place
 * @property {string | null} run
 * @property {number} [at]
 * @property {number} [pass]
 * @property {string} [select]
 * @property {View} [view]
 * @property {string[]} [panels]
 * @property {string} [code] packed by {@link pack}
 * @property {string} [example]
 * @property {string} [device]
 * @property {string} [lang]
 * @property {string} [theme]
 */

const RUN = /^\/(?:runs|embed)\/([^/]+)\/?$/;

/**
 * @param {{ pathname: string, hash: string }} location
 * @returns {Place}
 */
export function read({ pathname, hash }) {
  const run = RUN.exec(pathname);
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  const at = whole(params.get('t'));
  const pass = whole(params.get('pass'));
  const view = viewOf(params.get('view'));
  const panels = params.get('panel')?.split(',').filter(Boolean);
  /** @type {Place} */
  const place = { run: run ? decodeURIComponent(run[1]) : null };
  if (at !== undefined) place.at = at;
  if (pass !== undefined) place.pass = pass;
  if (view) place.view = view;
  if (panels?.length) place.panels = panels;
  for (const name of /** @type {const} */ (['select', 'code', 'example', 'device', 'lang', 'theme'])) {
    const text = params.get(name);
    if (text) place[name] = text;
  }
  return place;
}

/**
 * @param {Place} place
 * @param {string} [room] `runs`, or `embed` for the frame
 * @returns {string} relative to the server's root
 */
export function write(place, room = 'runs') {
  const { run, at, pass, view, panels } = place;
  const params = new URLSearchParams();
  if (pass !== undefined) params.set('pass', String(pass));
  if (at !== undefined) params.set('t', String(at));
  if (place.select) params.set('select', place.select);
  if (view) params.set('view', [Math.round(view.x), Math.round(view.y), Number(view.k.toFixed(3))].join(','));
  if (panels?.length) params.set('panel', panels.join(','));
  for (const name of /** @type {const} */ (['code', 'example', 'device', 'lang', 'theme'])) {
    const text = place[name];
    if (text) params.set(name, text);
  }
  const path = run === null ? '/' : `/${room}/${encodeURIComponent(run)}`;
  const hash = params.toString().replaceAll('%2C', ',');
  return hash ? `${path}#${hash}` : path;
}

/** A script as it travels in an address: deflated, in the letters of base64url. @param {string} code */
export async function pack(code) {
  const stream = new Blob([code]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** The most that a packed script may unfold to, in bytes: an address of a few letters could hold a gigabyte. */
const MOST_CODE = 2_000_000;

/** @param {string} packed @returns {Promise<string | null>} `null` where it is no script */
export async function unpack(packed) {
  try {
    const text = atob(packed.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
    const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader();
    const decoder = new TextDecoder('utf-8', { fatal: true });
    let code = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return code + decoder.decode();
      code += decoder.decode(value, { stream: true });
      if (code.length > MOST_CODE) return null;
    }
  } catch {
    return null;
  }
}

/** @param {string | null} text */
function whole(text) {
  return text !== null && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** @param {string | null} text @returns {View | undefined} */
function viewOf(text) {
  const [x, y, k, ...rest] = (text ?? '').split(',').map(Number);
  return rest.length === 0 && Number.isFinite(x) && Number.isFinite(y) && k > 0 ? { x, y, k } : undefined;
}
