// @ts-check
/** Traces of small scripts, run by the engine itself when a test asks for them. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { Trace } from '../src/model/trace.js';

const ROOT = `${import.meta.dirname}/../../`;
/** `make` says which Python; by hand it is the one that `make setup` made. */
const PYTHON = process.env.PYTHON ?? `${ROOT}.venv/bin/python`;

/**
 * @template {string} K
 * @param {Record<K, string>} scripts code by name
 * @returns {Record<K, Trace>}
 */
export function record(scripts) {
  const told = execFileSync(PYTHON, [`${ROOT}frontend/test/record.py`], {
    cwd: ROOT,
    input: JSON.stringify(scripts),
    env: { ...process.env, PYTHONPATH: ROOT },
    maxBuffer: 1 << 28,
  });
  const traces = /** @type {Record<K, Trace>} */ ({});
  for (const [name, events] of Object.entries(JSON.parse(told.toString()))) {
    const trace = new Trace();
    for (const event of events) trace.push(event);
    traces[/** @type {K} */ (name)] = trace;
  }
  return traces;
}

/** The server's examples, by the name of their file. @returns {Record<string, string>} */
export function examples() {
  const folder = `${ROOT}server/examples/`;
  const files = readdirSync(folder).filter((name) => /^\d.*\.py$/.test(name));
  return Object.fromEntries(files.map((name) => [name, readFileSync(folder + name, 'utf8')]));
}
