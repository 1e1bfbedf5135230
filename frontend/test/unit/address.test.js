// @ts-check
import { expect, test } from 'vitest';
import { read, write } from '../../src/address.js';

test.each([
  { run: 'abc' },
  { run: 'abc', at: 120 },
  { run: 'abc', pass: 3, select: '3.12' },
  { run: 'a b/c', at: 0, select: 't7' },
])('%o comes back from its address', (place) => {
  const url = new URL(write(place), 'http://here');
  expect(read(url)).toEqual(place);
});

test('an address that is none says nothing', () => {
  expect(read({ pathname: '/', hash: '#t=-3&pass=x' })).toEqual({ run: null });
  expect(write({ run: null })).toBe('/');
});
