// @ts-check
import { expect, test } from 'vitest';
import { pack, read, unpack, write } from '../../src/address.js';

test.each([
  { run: 'abc' },
  { run: 'abc', at: 120 },
  { run: 'abc', pass: 3, select: '3.12' },
  { run: 'a b/c', at: 0, select: 't7' },
  { run: 'abc', view: { x: -40, y: 80, k: 1.25 }, panels: ['alarms', 'output'], lang: 'ko', theme: 'dark' },
  { run: null, example: 'chain-rule', device: 'cuda:0' },
])('%o comes back from its address', (place) => {
  const url = new URL(write(place), 'http://here');
  expect(read(url)).toEqual(place);
});

test('an address that is none says nothing', () => {
  expect(read({ pathname: '/', hash: '#t=-3&pass=x' })).toEqual({ run: null });
  expect(write({ run: null })).toBe('/');
});

test('a run in a frame has the same address in another room', () => {
  expect(write({ run: 'abc', pass: 2 }, 'embed')).toBe('/embed/abc#pass=2');
  expect(read({ pathname: '/embed/abc', hash: '#pass=2' })).toEqual({ run: 'abc', pass: 2 });
});

test('a view that is none is left out', () => {
  for (const view of ['1,2', '1,2,0', '1,2,-1', 'a,b,c', '1,2,3,4'])
    expect(read({ pathname: '/', hash: `#view=${view}` })).toEqual({ run: null });
});

test('a script travels in an address', async () => {
  const code = 'x = "한글 & <tags>"\n'.repeat(40);
  const packed = await pack(code);
  expect(packed).toMatch(/^[\w-]+$/);
  expect(packed.length).toBeLessThan(code.length / 4);
  expect(await unpack(packed)).toBe(code);
});

test('what is no script, or one that unfolds to far too much, is none', async () => {
  expect(await unpack('not deflated')).toBeNull();
  expect(await unpack(await pack('#'.repeat(3_000_000)))).toBeNull();
});
