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
  // No Python with the engine at hand. A bare frontend checkout need not have one; `make` names the one that it set up.
}

test.skipIf(fresh === null && !process.env.PYTHON)(
  'the event types are those of the recorder (else: npm run schema)',
  () => {
    expect(committed).toBe(fresh);
  },
);
