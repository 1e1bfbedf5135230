// @ts-check
import { expect, test } from 'vitest';
import { COLUMN, ROW } from '../../src/layout/measure.js';
import { Router } from '../../src/layout/route.js';

/** Points strictly inside a box of the grid, shrunk by a box's own margin. @param {number[]} way @param {number} column @param {number} top @param {number} bottom rows */
function inside(way, column, top, bottom) {
  let hits = 0;
  for (let i = 2; i < way.length; i += 2) {
    for (let part = 0; part <= 1; part += 0.1) {
      const x = way[i - 2] + (way[i] - way[i - 2]) * part;
      const y = way[i - 1] + (way[i + 1] - way[i - 1]) * part;
      const within = x > column * COLUMN + 20 && x < (column + 1) * COLUMN - 20;
      if (within && y > top * ROW + 6 && y < bottom * ROW + 60) hits++;
    }
  }
  return hits;
}

const from = { x: COLUMN / 2, y: 68, row: 3 };

test('a way starts and ends where it should', () => {
  for (const x of [COLUMN / 2, COLUMN / 2 + 15, COLUMN * 2.5]) {
    const way = new Router().down(from, { x, y: 9 * ROW + 4, row: 9 });
    expect(way.slice(0, 2)).toEqual([from.x, from.y]);
    expect(way.at(-2)).toBeCloseTo(x);
    expect(way.at(-1)).toBeCloseTo(9 * ROW + 4);
  }
});

test('a free column is taken straight down', () => {
  const way = new Router().down(from, { x: from.x, y: 9 * ROW + 4, row: 9 });
  for (let i = 0; i < way.length; i += 2) expect(way[i]).toBe(from.x);
});

test('a way goes round the boxes in its column', () => {
  const router = new Router();
  router.block(0, 0, 0, 2);
  router.block(0, 0, 3, 5);
  router.block(0, 0, 6, 8);
  const way = router.down(from, { x: from.x, y: 9 * ROW + 4, row: 9 });
  expect(inside(way, 0, 3, 3)).toBe(0);
  expect(inside(way, 0, 6, 6)).toBe(0);
});

test('ways that share a gutter have lanes of their own', () => {
  const router = new Router();
  router.block(0, 0, 3, 8);
  const ways = [0, 1, 2].map(() => router.down(from, { x: from.x, y: 12 * ROW, row: 12 }));
  const widest = ways.map((way) => Math.max(...way.filter((_, i) => i % 2 === 0)));
  expect(new Set(widest).size).toBe(3);
});
