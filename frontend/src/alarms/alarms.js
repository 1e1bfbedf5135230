// @ts-check
/**
 * The alarms: each a row of one table, each a pure function of the trace. A row looks at one page, or at the whole run;
 * what it finds is an op (or a tensor), a position, and numbers for the words in i18n (`alarm.ID`, `alarm.ID.says`,
 * `alarm.ID.try`).
 */
import { silentBroadcast } from './broadcast.js';
import { freedGraph, savedThenWritten, shapeClash } from './errors.js';
import { exploding, vanishing } from './flow.js';
import { firstInBackward, firstInForward } from './nonfinite.js';
import { neverZeroed, unused } from './parameters.js';
import { transfersAgain, transfersInLoop, waits } from './transfers.js';
import { deadUnits, saturated } from './units.js';

/** @import {Trace} from '../model/trace.js' */
/** @import {Page} from '../protocol/wire' */

/** @typedef {'error' | 'warning'} Level */
/**
 * @typedef {object} Found
 * @property {Level} level
 * @property {number} at position of the event that shows it
 * @property {string | null} op the node it hangs on
 * @property {string} [tensor] a leaf it hangs on
 * @property {number | null} line
 * @property {number | null} [pass] the page's own unless said
 * @property {Record<string, any>} params for its words
 */
/** @typedef {Found & { kind: string, pass: number | null, passes: number[] }} Alarm `passes`: every page on which the same place showed the same */
/** @typedef {{ id: string, page?: (trace: Trace, page: Page) => Found[], run?: (trace: Trace) => Found[] }} AlarmRow */

/** The worst first: this is the order of the list. @type {AlarmRow[]} */
export const alarmRows = [
  { id: 'shape', run: shapeClash },
  { id: 'inplace', run: savedThenWritten },
  { id: 'freed', run: freedGraph },
  { id: 'nonfinite', page: firstInForward },
  { id: 'nonfiniteGrad', page: firstInBackward },
  { id: 'broadcast', page: silentBroadcast },
  { id: 'exploding', page: exploding },
  { id: 'vanishing', page: vanishing },
  { id: 'dead', page: deadUnits },
  { id: 'saturated', page: saturated },
  { id: 'piled', run: neverZeroed },
  { id: 'unused', run: unused },
  { id: 'transfers', page: transfersInLoop },
  { id: 'transferAgain', run: transfersAgain },
  { id: 'waits', page: waits },
];

/** What a complete page showed; a complete page does not change. @type {WeakMap<Page, (Found & { kind: string })[]>} */
const told = new WeakMap();

/** All alarms of a trace so far, those of one place of the script as one, in the order of the table. @param {Trace} trace @returns {Alarm[]} */
export function alarmsOf(trace) {
  /** @type {Map<string, Alarm>} */
  const places = new Map();
  const found = /** @type {(Found & { kind: string, pass: number | null })[]} */ ([
    ...trace.passes.flatMap((page) => ofPage(trace, page)),
    ...ofRun(trace),
  ]);
  for (const each of found) {
    const place = `${each.kind}|${each.line ?? ''}|${each.params.name ?? ''}|${each.params.what ?? ''}`;
    const known = places.get(place);
    if (!known) places.set(place, { ...each, passes: each.pass === null ? [] : [each.pass] });
    else if (each.pass !== null && !known.passes.includes(each.pass)) known.passes.push(each.pass);
  }
  const rank = (/** @type {Alarm} */ { kind, level }) =>
    (level === 'error' ? 0 : alarmRows.length) + alarmRows.findIndex(({ id }) => id === kind);
  return [...places.values()].sort((a, b) => rank(a) - rank(b) || a.at - b.at);
}

/** @param {Trace} trace @param {Page} page */
function ofPage(trace, page) {
  const kept = told.get(page);
  if (kept) return kept;
  const found = alarmRows.flatMap(({ id, page: look }) =>
    (look?.(trace, page) ?? []).map((each) => ({ ...each, kind: id, pass: page.n })),
  );
  if (page.endAt !== null || trace.end) told.set(page, found);
  return found;
}

/** @param {Trace} trace */
function ofRun(trace) {
  return alarmRows.flatMap(({ id, run }) =>
    (run?.(trace) ?? []).map((each) => ({ ...each, kind: id, pass: each.pass ?? null })),
  );
}

/** The nodes of a page that an alarm hangs on at position `now`, with the level of the worst. @param {Alarm[]} alarms @param {Page | null} page @param {number} now */
export function marksOf(alarms, page, now) {
  /** @type {Map<string, Level>} */
  const marks = new Map();
  for (const { op, tensor, level, at, pass } of alarms) {
    const id = op ?? tensor;
    if (!id || at >= now || !page || pass !== page.n) continue;
    if (marks.get(id) !== 'error') marks.set(id, level);
  }
  return marks;
}
