// @ts-check
/** The REST API, one function per route. Every failure is a {@link Problem}. */
import { signal } from '@preact/signals';

/** @typedef {{ id: string, name: string, available: boolean, reason?: string | null, detail?: string | null }} Device */
/** @typedef {{ id: string, title: string, teaches: string, code: string }} Example */
/** @typedef {{ name: string, doc: string, formula: string, inputs: { name: string, rule: string | null }[] }} OpDocument */
/** @typedef {{ tensor: string, dtype: string, shape: number[], data_shape: number[], data: (number | 'NaN' | 'Infinity' | '-Infinity')[] }} TensorDocument */
/**
 * @typedef {object} RunInfo
 * @property {string} id
 * @property {string} status `queued`, `running`, `finished`, `failed`, `cancelled` or `killed`
 * @property {string | null} [reason]
 * @property {string} [code]
 * @property {string} [device]
 * @property {'dynamic' | 'static'} [mode]
 * @property {string | null} [twin] the run of the same script in the other mode
 * @property {number | null} [place] how many runs are before it in the queue
 */

/** Whether the server wants its token and has not got it. */
export const locked = signal(false);

/** Why there is no server to ask, in the reader's words; `null` where there is one. @type {string | null} */
let detached = null;

/** From now on every request is refused with these words: the page is a file with a run in it. @param {string} why */
export const detach = (why) => (detached = why);

/** A request that the server refused, or that never reached it (RFC 9457; `status` is 0 when there was no answer). */
export class Problem extends Error {
  /**
   * @param {{ title: string, detail?: string, status: number, [member: string]: unknown }} details
   * @param {unknown} [cause]
   */
  constructor(details, cause) {
    super(details.detail ?? details.title, { cause });
    this.name = 'Problem';
    this.title = details.title;
    this.status = details.status;
    this.details = details;
  }

  /** Whether asking again later may help. */
  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/**
 * @param {Response} response
 * @returns {Promise<Problem>}
 */
export async function problemOf(response) {
  const fallback = { title: response.statusText || `HTTP ${response.status}`, status: response.status };
  try {
    const body = await response.json();
    return new Problem({ ...fallback, ...body, status: response.status });
  } catch {
    return new Problem(fallback);
  }
}

/**
 * @param {string} path
 * @param {RequestInit} [options]
 * @returns {Promise<any>} the parsed body, or `null` where there is none
 * @throws {Problem}
 */
async function request(path, options) {
  if (detached !== null) throw new Problem({ title: detached, status: 404 });
  /** @type {Response} */
  let response;
  try {
    response = await fetch(path, { headers: { Accept: 'application/json' }, ...options });
  } catch (cause) {
    if (/** @type {Error} */ (cause).name === 'AbortError') throw cause;
    throw new Problem({ title: 'No answer', detail: 'The server did not answer.', status: 0 }, cause);
  }
  if (!response.ok) {
    const problem = await problemOf(response);
    if (problem.details.type === 'urn:kineograph:token-needed') locked.value = true;
    throw problem;
  }
  return response.status === 204 ? null : response.json();
}

/** @param {string} id */
const runPath = (id) => `/api/runs/${encodeURIComponent(id)}`;

export const api = {
  /** Shows the server's token. @param {string} token */
  comeIn: (token) =>
    request('/api/session', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify({ token }),
    }),
  /** @returns {Promise<Device[]>} */
  devices: () => request('/api/devices'),
  /** @returns {Promise<Example[]>} */
  examples: () => request('/api/examples'),
  /** @returns {Promise<Record<string, OpDocument>>} by name */
  ops: () => request('/api/ops'),
  /**
   * @param {string} id
   * @returns {Promise<RunInfo>}
   */
  run: (id) => request(runPath(id)),
  /**
   * @param {string} code
   * @param {string} device
   * @param {'dynamic' | 'static' | 'both'} mode
   * @returns {Promise<{ id: string, place: number | null, twin?: { id: string } | null }>}
   */
  startRun: (code, device, mode) =>
    request('/api/runs', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify({ code, device, mode }),
    }),
  /** @param {string} id */
  cancel: (id) => request(`${runPath(id)}/cancel`, { method: 'POST' }),
  /**
   * Part of a tensor's numbers.
   * @param {string} run
   * @param {string} tensor as the schema names it: `3.12`, `t7@2`, `3.12:grad`
   * @param {{ slice?: string, at?: number }} [which] `slice` as in Python: `:16,:16`; `at`: as of that event
   * @returns {Promise<TensorDocument>}
   */
  tensor: (run, tensor, { slice, at } = {}) => {
    const query = new URLSearchParams();
    if (slice) query.set('slice', slice);
    if (at !== undefined) query.set('at', String(at));
    return request(`${runPath(run)}/tensors/${encodeURIComponent(tensor)}?${query}`);
  },
};
