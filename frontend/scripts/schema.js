// @ts-check
/**
 * Writes src/protocol/schema.d.ts from the event schema that the recorder publishes, so that the page and the
 * engine cannot drift apart. Needs a Python that can import `engine`: $PYTHON, else the checkout's .venv, else python3.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compile } from 'json-schema-to-typescript';

const root = fileURLToPath(new URL('../../', import.meta.url));
const target = fileURLToPath(new URL('../src/protocol/schema.d.ts', import.meta.url));

/** @returns {string} */
function python() {
  const venv = `${root}.venv/bin/python`;
  return process.env.PYTHON ?? (existsSync(venv) ? venv : 'python3');
}

/** The TypeScript text for the schema as it is now. Throws when no Python can import the engine. */
export async function generate() {
  const code = 'import json, engine.recorder.schema as s; print(json.dumps(s.json_schema()))';
  const printed = execFileSync(python(), ['-c', code], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const schema = /** @type {Record<string, any>} */ (JSON.parse(printed));
  // A `title` per definition only makes the generator invent a second name for every field.
  for (const definition of Object.values(schema.$defs)) {
    for (const field of Object.values(definition.properties ?? {})) {
      delete field.title;
      if (field.type === 'object' && !field.properties) field.additionalProperties = true;
    }
  }
  return compile(schema, 'Event', {
    additionalProperties: false,
    bannerComment: '/* Generated from engine.recorder.schema by `npm run schema`. Change it there. */',
    style: { printWidth: 110, singleQuote: true },
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(target, await generate());
  console.log(`wrote ${target}`);
}
