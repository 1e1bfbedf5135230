// @ts-check
import { expect, test } from 'vitest';
import { pageOf, PLACEHOLDER } from '../../src/recorded.js';

const run = {
  run: 'abc',
  device: 'cpu',
  code: 'print("</script><!-- $& $1 -->")',
  events: [],
  ops: {},
  place: {},
};

test('no string of a run ends the element that it stands in', () => {
  const page = pageOf(`<script id="recorded">${PLACEHOLDER}</script><script>p=${PLACEHOLDER}</script>`, run);
  const [, data, rest] = /** @type {RegExpExecArray} */ (
    /^<script id="recorded">([^<]*)<\/script>(.*)$/.exec(page)
  );
  expect(JSON.parse(data)).toEqual(run);
  expect(rest).toBe(`<script>p=${PLACEHOLDER}</script>`);
});

test('a template without a place for a run is refused', () => {
  expect(() => pageOf('<html></html>', run)).toThrow('no place');
});
