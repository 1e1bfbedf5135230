// @ts-check
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { generate } from '../../scripts/schema.js';

const committed = readFileSync(new URL('../../src/protocol/schema.d.ts', import.meta.url), 'utf8');

/** @type {string | null} */
let fresh = null;
try {
  fresh = await generate();
} catch {
  // No Python with the engine at hand: `make test` has one, a bare frontend checkout need not.
}

test.skipIf(fresh === null)('the event types are those of the recorder (else: npm run schema)', () => {
  expect(committed).toBe(fresh);
});
