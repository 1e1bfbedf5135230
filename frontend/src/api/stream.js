// @ts-check
/** Follows a run's events to their end, over as many connections as that takes. */
import { Problem, problemOf } from './client.js';

/** @typedef {import('../protocol/schema.js').Event} Event */
/** @typedef {'connecting' | 'live' | 'reconnecting' | 'offline' | 'ended'} Connection */

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 8000;

/**
 * Splits a stream of bytes into the events it carries; a line may arrive in pieces.
 */
export class LineReader {
  #decoder = new TextDecoder();
  #rest = '';

  /**
   * @param {Uint8Array} bytes
   * @returns {Event[]} the events that are now whole
   */
  read(bytes) {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split('\n');
    this.#rest = /** @type {string} */ (lines.pop());
    // A blank line is the server saying that it is still there.
    return lines.filter((line) => line.trim() !== '').map((line) => JSON.parse(line));
  }
}

/**
 * How long to wait before try number `tries` (1, 2, ...), in ms: doubling, with jitter so that viewers do not return at once.
 *
 * @param {number} tries
 * @param {() => number} [random]
 */
export function backoff(tries, random = Math.random) {
  const whole = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (tries - 1));
  return whole * (0.5 + random() / 2);
}

/**
 * Waits, but not past the moment the network comes back.
 *
 * @param {number} ms
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function pause(ms, signal) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener('online', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    addEventListener('online', done);
    signal.addEventListener('abort', done);
  });
}

/**
 * Reads a run's events from the first (or from after `after`) until its `end` event, reconnecting where it must.
 *
 * @param {string} run
 * @param {object} options
 * @param {(events: Event[]) => void} options.onEvents each event once, in order
 * @param {(state: Connection) => void} options.onState
 * @param {AbortSignal} options.signal
 * @param {number} [options.after] the number of the last event already seen
 * @returns {Promise<void>}
 * @throws {Problem} when the server says that asking again is no use
 */
export async function follow(run, { onEvents, onState, signal, after }) {
  let last = after;
  let tries = 0;
  onState('connecting');
  while (!signal.aborted) {
    try {
      for await (const events of connect(run, last, signal)) {
        onState('live');
        tries = 0;
        const fresh = last === undefined ? events : events.filter((event) => event.seq > Number(last));
        if (fresh.length === 0) continue;
        last = fresh[fresh.length - 1].seq;
        onEvents(fresh);
        if (fresh[fresh.length - 1].type === 'end') return onState('ended');
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Problem && !error.passing) throw error;
    }
    if (signal.aborted) return;
    tries += 1;
    onState(navigator.onLine === false ? 'offline' : 'reconnecting');
    await pause(backoff(tries), signal);
  }
}

/**
 * One connection: yields batches of events until it closes.
 *
 * @param {string} run
 * @param {number | undefined} after
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<Event[]>}
 */
async function* connect(run, after, signal) {
  // A network that is gone leaves a connection that says nothing for minutes: better to end it at once.
  const lost = new AbortController();
  addEventListener('offline', () => lost.abort(), { once: true, signal });
  const query = after === undefined ? '' : `?after=${after}`;
  const response = await fetch(`/api/runs/${encodeURIComponent(run)}/events${query}`, {
    headers: { Accept: 'application/x-ndjson' },
    cache: 'no-store',
    signal: AbortSignal.any([signal, lost.signal]),
  });
  if (!response.ok) throw await problemOf(response);
  if (!response.body || response.status === 204) throw new Problem({ title: 'The run is over', status: 204 });
  const lines = new LineReader();
  const reader = response.body.getReader();
  yield [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield lines.read(value);
  }
}
