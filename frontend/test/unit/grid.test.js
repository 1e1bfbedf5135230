// @ts-check
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Grid } from '../../src/layout/grid.js';

/** Items as a program makes them: inputs among the earlier ones, scopes entered and left like calls. */
const programs = fc
  .array(
    fc.record({
      inputs: fc.array(fc.nat(8), { maxLength: 4 }),
      far: fc.option(fc.nat()),
      leave: fc.nat(3),
      enter: fc.nat(2),
      width: fc.integer({ min: 1, max: 2 }),
      height: fc.integer({ min: 1, max: 5 }),
    }),
    { maxLength: 120 },
  )
  .map((steps) => {
    /** @type {string[]} */
    let path = [];
    let calls = 0;
    return steps.map((step, i) => {
      path = path.slice(0, Math.max(0, path.length - step.leave));
      for (let k = 0; k < step.enter && path.length < 5; k++) path = [...path, `scope${calls++}`];
      const near = step.inputs.map((back) => i - 1 - back);
      const inputs = [...new Set([...near, ...(step.far === null || i === 0 ? [] : [step.far % i])])];
      return { inputs: inputs.filter((input) => input >= 0), path, width: step.width, height: step.height };
    });
  });

/** @param {Grid} grid @param {number} i */
const rectangle = (grid, i) => ({
  left: grid.column[i] - grid.width[i] + 1,
  right: grid.column[i],
  top: grid.row[i],
  bottom: grid.row[i] + grid.height[i] - 1,
});

/** @typedef {ReturnType<typeof rectangle>} Rectangle */
/** @param {Rectangle} a @param {Rectangle} b */
const overlap = (a, b) => a.left <= b.right && b.left <= a.right && a.top <= b.bottom && b.top <= a.bottom;
/** @param {Rectangle} a @param {Rectangle} b */
const inside = (a, b) => a.left >= b.left && a.right <= b.right && a.top > b.top && a.bottom <= b.bottom;

/** @param {Grid} grid @param {number} scope */
function ancestors(grid, scope) {
  const chain = new Set();
  for (let s = scope; s > 0; s = grid.scopes[s].parent) chain.add(s);
  return chain;
}

describe('the grid', () => {
  test('never moves what it has placed, never overlaps, keeps inputs above', () => {
    fc.assert(
      fc.property(programs, (program) => {
        const grid = new Grid();
        /** @type {string[]} */
        const placed = [];
        for (const { inputs, path, width, height } of program) {
          grid.place(inputs, path, width, height);
          for (let i = 0; i < placed.length; i++) expect(JSON.stringify(rectangle(grid, i))).toBe(placed[i]);
          placed.push(JSON.stringify(rectangle(grid, placed.length)));
        }
        grid.finish();
        for (let i = 0; i < grid.length; i++) {
          for (let j = 0; j < i; j++) expect(overlap(rectangle(grid, i), rectangle(grid, j))).toBe(false);
          for (const input of program[i].inputs) {
            expect(grid.row[i]).toBeGreaterThan(rectangle(grid, input).bottom);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  test('boxes its scopes: every item inside its own, outside all others, and siblings apart', () => {
    fc.assert(
      fc.property(programs, (program) => {
        const grid = new Grid();
        for (const { inputs, path, width, height } of program) grid.place(inputs, path, width, height);
        grid.finish();
        for (let s = 1; s < grid.scopes.length; s++) {
          const box = grid.scopes[s];
          for (let i = 0; i < grid.length; i++) {
            const mine = ancestors(grid, grid.scope[i]).has(s);
            expect(mine ? inside(rectangle(grid, i), box) : !overlap(rectangle(grid, i), box)).toBe(true);
          }
          for (let other = 1; other < s; other++) {
            const nested = ancestors(grid, s).has(other) || ancestors(grid, other).has(s);
            if (!nested) expect(overlap(box, grid.scopes[other])).toBe(false);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  test('draws a chain straight down and returns a join to its trunk', () => {
    const grid = new Grid();
    const a = grid.place([], [], 1, 3);
    const b = grid.place([a], [], 1, 3);
    const c = grid.place([a], [], 1, 3);
    const d = grid.place([b, c], [], 1, 3);
    expect([a, b, d].map((i) => grid.column[i])).toEqual([0, 0, 0]);
    expect(grid.column[c]).toBe(1);
    expect(grid.row[d]).toBe(6);
  });

  test('takes a few microseconds of the processor per item', () => {
    const n = 50_000;
    const run = () => {
      const grid = new Grid();
      const start = process.cpuUsage();
      for (let i = 0; i < n; i++) {
        const block = Math.floor(i / 12);
        const inputs = i === 0 ? [] : i % 12 === 7 ? [i - 1, i - 7] : i % 5 === 4 ? [i - 1, i - 3] : [i - 1];
        grid.place(
          inputs,
          [`block${block}`, `half${block * 2 + (i % 12 > 5 ? 1 : 0)}`],
          i % 4 === 0 ? 2 : 1,
          3,
        );
      }
      return process.cpuUsage(start).user / n;
    };
    const best = Math.min(run(), run(), run());
    console.log(`grid: ${best.toFixed(2)} µs per item`);
    expect(best).toBeLessThan(20); // measured 1 to 3; the rest is room for a busy machine
  });
});
