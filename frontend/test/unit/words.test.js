// @ts-check
// @vitest-environment happy-dom
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { en } from '../../src/i18n/en.js';
import { t, word } from '../../src/i18n/index.js';
import { shortcuts } from '../../src/keys.js';

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.js') && !path.startsWith('i18n'))
  .map((path) => readFileSync(`src/${path}`, 'utf8'));

/** Groups whose keys are put together at run time by `word`. */
const GROUPS = [
  'status',
  'theme',
  'graph.kind',
  'inspect.kind',
  'inspect.phase',
  'value',
  'lineup',
  'alarm',
  'why',
  'mode',
];

test('every text in the table is used', () => {
  const source = sources.join('\n');
  const unused = Object.keys(en).filter(
    (key) => !source.includes(`'${key}'`) && !GROUPS.some((group) => key.startsWith(`${group}.`)),
  );
  expect(unused).toEqual([]);
});

test('every shortcut says what it does', () => {
  for (const { says } of shortcuts) expect(t(/** @type {'keys.run'} */ (says))).not.toBe('');
});

test('texts take their numbers', () => {
  expect(t('passes.ops', { n: 1 })).toBe('1 op');
  expect(t('passes.ops', { n: 1200 })).toBe('1,200 ops');
  expect(word('status', 'running')).toBe('Running');
  expect(word('status', 'unheard-of')).toBe('unheard-of');
});
