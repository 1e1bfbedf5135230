// @ts-check
// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from 'vitest';
import { Problem } from '../../src/api/client.js';
import { backoff, follow, LineReader } from '../../src/api/stream.js';

const encode = (/** @type {string} */ text) => new TextEncoder().encode(text);
const line = (/** @type {number} */ seq, type = 'output') => `${JSON.stringify({ seq, type, text: 'é' })}\n`;

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test('a line may arrive in pieces, cut within a character', () => {
  const bytes = encode(line(1) + line(2));
  const reader = new LineReader();
  const seen = [...bytes].flatMap((byte) => reader.read(Uint8Array.of(byte)));
  expect(seen.map(({ seq }) => seq)).toEqual([1, 2]);
  expect(/** @type {any} */ (seen[1]).text).toBe('é');
});

test('a blank line is a sign of life, not an event', () => {
  expect(new LineReader().read(encode(`\n${line(1)}\n`))).toHaveLength(1);
});

test('the wait doubles up to a limit and is never quite the same', () => {
  expect(backoff(1, () => 1)).toBe(250);
  expect(backoff(3, () => 1)).toBe(1000);
  expect(backoff(30, () => 1)).toBe(8000);
  expect(backoff(1, () => 0)).toBe(125);
});

/** Answers each request in turn with a body, and notes what was asked. @param {string[]} bodies */
function server(bodies) {
  /** @type {string[]} */
  const asked = [];
  vi.stubGlobal('fetch', async (/** @type {string} */ url) => {
    asked.push(url);
    const body = bodies.shift();
    if (body === undefined) throw new TypeError('network error');
    return new Response(body);
  });
  return asked;
}

test('a broken stream goes on where it broke off, and no event comes twice', async () => {
  vi.useFakeTimers();
  const asked = server([line(1) + line(2), line(2) + line(3) + line(4, 'end')]);
  /** @type {number[]} */
  const seen = [];
  /** @type {string[]} */
  const states = [];
  const done = follow('r', {
    signal: new AbortController().signal,
    onEvents: (events) => seen.push(...events.map(({ seq }) => seq)),
    onState: (state) => states.push(state),
  });
  await vi.advanceTimersByTimeAsync(1000);
  await done;
  expect(seen).toEqual([1, 2, 3, 4]);
  expect(asked).toEqual(['/api/runs/r/events', '/api/runs/r/events?after=2']);
  expect(states.filter((state, i) => state !== states[i - 1])).toEqual([
    'connecting',
    'live',
    'reconnecting',
    'live',
    'ended',
  ]);
});

test('what is refused for good is not asked again', async () => {
  vi.stubGlobal('fetch', async () => new Response('{"title":"No such run","status":404}', { status: 404 }));
  const following = follow('r', {
    signal: new AbortController().signal,
    onEvents: () => {},
    onState: () => {},
  });
  await expect(following).rejects.toThrow(Problem);
});
