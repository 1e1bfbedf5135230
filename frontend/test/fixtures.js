// @ts-check
/** Recorded runs of small scripts: test/fixtures/NAME.ndjson, one event a line, as the server sends them. */
import { readFileSync } from 'node:fs';
import { Trace } from '../src/model/trace.js';

/** @import {Event} from '../src/protocol/wire' */

/** @typedef {'chain' | 'depth' | 'bad' | 'second'} Fixture */

/** @param {Fixture} name @returns {Event[]} */
export function eventsOf(name) {
  const text = readFileSync(new URL(`./fixtures/${name}.ndjson`, import.meta.url), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** @param {Fixture} name */
export function traceOf(name) {
  const trace = new Trace();
  for (const event of eventsOf(name)) trace.push(event);
  return trace;
}
