// @ts-check
import { expect, test } from 'vitest';
import { aliasesOf, complete } from '../../src/ui/editor/complete.js';
import names from '../../src/ui/editor/names.json';

const table = /** @type {import('../../src/ui/editor/complete.js').Names} */ (/** @type {unknown} */ (names));
const head = 'import torch\nfrom torch import nn, optim\nimport torch.nn.functional as F\n';

/** @param {string} line */
const offered = (line) => complete(head + line, head + line, table)?.options.map(({ label }) => label);

test.each([
  ['layer = torch.nn.Lin', 'Linear'],
  ['layer = nn.Lin', 'Linear'],
  ['y = F.re', 'relu'],
  ['opt = optim.', 'Adam'],
  ['x = torch.', 'nn'],
  ['x = torch.', 'tensor'],
  ['loss.back', 'backward'],
  ['self.weight.', 'grad'],
])('%s offers %s', (line, name) => {
  expect(offered(line)).toContain(name);
});

test.each(['import os\nos.', 'x = 3.', 'self.', 'print("no path")'])('%s offers nothing of torch', (line) => {
  const script = `${head}${line}`;
  const found = complete(script, script, table)?.options.map(({ label }) => label) ?? [];
  expect(found.includes('Linear')).toBe(false);
});

test('an option says what it takes and what it does', () => {
  const line = 'nn.Lin';
  const linear = complete(head + line, head + line, table)?.options.find(({ label }) => label === 'Linear');
  expect(linear?.detail).toContain('in_features');
  expect(linear?.info).toBeTruthy();
});

test('imports give names their modules', () => {
  expect(
    Object.fromEntries(aliasesOf('import torch.nn as n\nfrom torch.optim import Adam as A, SGD\n')),
  ).toEqual({
    torch: 'torch',
    n: 'torch.nn',
    A: 'torch.optim.Adam',
    SGD: 'torch.optim.SGD',
  });
});
