import { expect, test } from 'vitest';
import { counterTime, notesOf } from '../../src/model/twin.js';

/** @param {[number, number | null][]} pages from, to @param {number} length */
function trace(pages, length) {
  const passes = pages.map(([at, endAt], k) => ({ n: k + 1, at, endAt }));
  const page = (/** @type {number} */ n) => passes.find((each) => each.n === n);
  const pageAt = (/** @type {number} */ t) => passes.findLast((each) => each.at < t) ?? null;
  return /** @type {any} */ ({ passes, length, page, pageAt });
}

test('the notes of a static run are read with their lines, and other output is not', () => {
  const said = 'hello\nnote: static: line 4 (if x > 0:): baked in\nnote: static: no loop\n';
  expect(notesOf(said)).toEqual([
    { line: 4, text: '(if x > 0:): baked in' },
    { line: null, text: 'no loop' },
  ]);
});

test('the other clock stands in the same pass, as far through it', () => {
  const here = trace(
    [
      [2, 11],
      [12, 21],
    ],
    22,
  );
  const there = trace(
    [
      [4, 23],
      [24, 43],
    ],
    44,
  );
  expect(counterTime(here, 7, there)).toBe(14);
  expect(counterTime(here, 22, there)).toBe(44);
  expect(counterTime(here, 1, there)).toBe(0);
});

test('a pass that the other run has not reached yet is waited for at its end', () => {
  expect(
    counterTime(
      trace(
        [
          [2, 11],
          [12, 21],
        ],
        22,
      ),
      20,
      trace([[4, null]], 9),
    ),
  ).toBe(9);
});
