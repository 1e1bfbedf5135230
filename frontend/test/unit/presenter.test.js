// @vitest-environment happy-dom
// @ts-check
import { expect, test } from 'vitest';
import { isNear, questionAt } from '../../src/ui/presenter.js';

const trace = /** @type {import('../../src/model/trace.js').Trace} */ (
  /** @type {unknown} */ ({
    events: [
      { type: 'op' },
      { type: 'grad', tensor: 'a', value: { data: [42] } },
      { type: 'grad', tensor: 'W', value: { data: [3, 4] } },
      { type: 'grad', tensor: 'big', value: { summary: { norm: 7 } } },
      { type: 'grad', tensor: '1.2', value: { data: [1] } },
      { type: 'grad', tensor: 'bad', value: { data: ['NaN'] } },
    ],
    tensor: (/** @type {string} */ id) => ({ name: id === '1.2' ? null : id }),
  })
);

test('finite gradients of things with a name are asked for: one number itself, more by their norm', () => {
  const asked = trace.events.map((_, at) => questionAt(trace, at));
  expect(asked.map((each) => each && [each.name, each.answer, each.norm])).toEqual([
    null,
    ['a', 42, false],
    ['W', 5, true],
    ['big', 7, true],
    null,
    null,
  ]);
});

test('a guess is right within two parts in a hundred', () => {
  expect(isNear(42, 42)).toBe(true);
  expect(isNear(41.5, 42)).toBe(true);
  expect(isNear(-42, 42)).toBe(false);
  expect(isNear(0.1, 0)).toBe(false);
});
