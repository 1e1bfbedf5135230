// @ts-check
import { expect, test } from 'vitest';
import { formatBytes, formatNumber, formatShape, formatTime } from '../../src/ui/numbers.js';

test.each([
  [6, 'float32', '6.0'],
  [6, 'int64', '6'],
  [-6, 'float32', '−6.0'],
  [0, 'float32', '0.0'],
  [0.1, 'float32', '0.1'],
  [1 / 3, 'float32', '0.3333'],
  [1234.5678, 'float32', '1235'],
  [123456.7, 'float32', '123457'],
  [1.5e-7, 'float32', '1.5e−7'],
  [2e20, 'float32', '2e20'],
  [1, 'bool', 'True'],
  [0, 'bool', 'False'],
  ['NaN', 'float32', 'nan'],
  ['Infinity', 'float32', 'inf'],
  ['-Infinity', 'float32', '−inf'],
  [null, 'float32', '–'],
])('%s as %s reads %s', (wire, dtype, text) => {
  expect(formatNumber(/** @type {number} */ (wire), { dtype })).toBe(text);
});

test('a scalar has no sizes to show', () => {
  expect(formatShape([])).toBe('scalar');
  expect(formatShape([2, 3])).toBe('2 × 3');
});

test('bytes and times come in units that keep them short', () => {
  expect(formatBytes(8)).toBe('8 B');
  expect(formatBytes(1536)).toBe('1.5 KiB');
  expect(formatBytes(300 * 1024 * 1024)).toBe('300 MiB');
  expect(formatTime(900)).toBe('900 ns');
  expect(formatTime(61_300)).toBe('61.3 µs');
  expect(formatTime(2_500_000_000)).toBe('2.50 s');
});
