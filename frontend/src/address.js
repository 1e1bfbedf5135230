// @ts-check
/** The page's address: which run, and where in it. `/runs/{id}#t=120&select=3.12` */

/** @typedef {{ run: string | null, at?: number, pass?: number, select?: string }} Place */

/**
 * @param {{ pathname: string, hash: string }} location
 * @returns {Place}
 */
export function read({ pathname, hash }) {
  const run = /^\/runs\/([^/]+)\/?$/.exec(pathname);
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  /** @type {Place} */
  const place = { run: run ? decodeURIComponent(run[1]) : null };
  const at = whole(params.get('t'));
  const pass = whole(params.get('pass'));
  const select = params.get('select');
  if (at !== undefined) place.at = at;
  if (pass !== undefined) place.pass = pass;
  if (select) place.select = select;
  return place;
}

/**
 * @param {Place} place
 * @returns {string} relative to the server's root
 */
export function write({ run, at, pass, select }) {
  if (run === null) return '/';
  const params = new URLSearchParams();
  if (pass !== undefined) params.set('pass', String(pass));
  if (at !== undefined) params.set('t', String(at));
  if (select) params.set('select', select);
  const hash = params.toString();
  return `/runs/${encodeURIComponent(run)}${hash ? `#${hash}` : ''}`;
}

/** @param {string | null} text */
function whole(text) {
  return text !== null && /^\d+$/.test(text) ? Number(text) : undefined;
}
