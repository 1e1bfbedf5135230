// @ts-check
import { describe, expect, test } from 'vitest';
import { FlipBook } from '../../src/layout/flipbook.js';
import { Shelf } from '../../src/layout/shelf.js';
import { Trace } from '../../src/model/trace.js';
import { eventsOf, traceOf } from '../fixtures.js';
import { deep, Tape, twoPasses } from '../synthetic.js';

/** Where the ops of a page are. @param {FlipBook} book @param {import('../../src/protocol/wire').Page} page */
function places(book, page) {
  const { grid } = book;
  return page.ops
    .map((op) => ({ op, item: book.entryOfOp.get(op.id)?.item }))
    .filter(({ item }) => item)
    .map(({ op, item }) => `${op.id}: ${grid.column[item?.index ?? 0]},${grid.row[item?.index ?? 0]}`);
}

describe('a flip book', () => {
  test('never moves an op of the page that is growing, whatever the pages before were', () => {
    const trace = new Trace();
    const book = new FlipBook(trace);
    /** @type {string[]} */
    let before = [];
    let n = 0;
    for (const event of eventsOf('depth')) {
      trace.push(event);
      const page = trace.passes.at(-1);
      if (!page) continue;
      if (page.n !== n) [n, before] = [page.n, []];
      book.include(page);
      book.settle();
      const now = places(book, page);
      expect(now.slice(0, before.length)).toEqual(before);
      before = now;
    }
  });

  test('puts what two pages have in common in the same place', () => {
    const trace = traceOf('depth');
    const book = new FlipBook(trace);
    for (const page of trace.passes) book.include(page);
    book.settle();
    const [shallow, , , again] = trace.passes.slice(1);
    const cells = (/** @type {import('../../src/protocol/wire').Page} */ page) =>
      places(book, page).map((p) => p.split(':')[1]);
    expect(cells(again)).toEqual(cells(shallow));
  });

  test('makes room for a new op between old ones', () => {
    const trace = twoPasses().trace();
    const book = new FlipBook(trace);
    for (const page of trace.passes) book.include(page);
    book.settle();
    expect(book.entries.map((entry) => entry.op.name)).toEqual(['mul', 'tanh', 'add']);
    const rows = book.entries.map((entry) => book.grid.row[entry.item?.index ?? -1]);
    expect(rows).toEqual([...rows].sort((a, b) => a - b));
    expect(new Set(rows).size).toBe(3);
  });

  test('keeps two runs of one op apart when a page runs them in another order', () => {
    const tape = new Tape();
    for (const order of [
      [1, 2],
      [2, 1],
    ]) {
      tape.open().site(1, 1).site(2, 2);
      const x = tape.leaf('input', 'x');
      tape.op('exp', [tape.op('exp', [x], { site: order[0] })], { site: order[1] });
      tape.close();
    }
    const trace = tape.trace();
    const book = new FlipBook(trace);
    for (const page of trace.passes) book.include(page);
    book.settle();
    for (const page of trace.passes)
      expect(new Set(places(book, page).map((p) => p.split(':')[1])).size).toBe(2);
  });

  test('folds a large page to boxes that can be read, and opens one at the reader’s wish', () => {
    const trace = deep(400).trace();
    const book = new FlipBook(trace);
    book.include(trace.passes[0]);
    book.settle();
    expect(book.entries.length).toBeGreaterThan(390);
    expect(book.items.length).toBeLessThanOrEqual(60);
    const folded = book.items.length;
    const fold = book.items.find((item) => item.fold)?.fold ?? '';
    book.setFolded(fold, false);
    book.settle();
    expect(book.items.length).toBeGreaterThan(folded);
    book.setFolded(fold, true);
    book.settle();
    expect(book.items.length).toBe(folded);
  });

  test('leaves the update phase out', () => {
    const trace = traceOf('depth');
    const updates = trace.passes.flatMap((page) => page.ops).filter((op) => op.phase === 'update');
    const book = new FlipBook(trace);
    for (const page of trace.passes) book.include(page);
    expect(updates.filter((op) => book.entryOfOp.has(op.id))).toEqual([]);
  });
});

describe('a shelf', () => {
  test('keeps set-up apart from the passes, which share a book', () => {
    const trace = traceOf('depth');
    const shelf = new Shelf(trace);
    const [setup, ...passes] = trace.passes.map((page) => shelf.bookOf(page));
    expect(new Set(passes).size).toBe(1);
    expect(passes[0]).not.toBe(setup);
  });

  test('gives a page that begins differently its own book, and takes it back when most turns out the same', () => {
    const tape = new Tape();
    for (let pass = 0; pass < 2; pass++) {
      tape.open();
      let x = tape.leaf('input', 'x');
      if (pass) x = tape.op('neg', [x], { nth: 9 });
      for (let i = 0; i < 5; i++) x = tape.op('exp', [x], { nth: i });
    }
    const trace = new Trace();
    const shelf = new Shelf(trace);
    const books = [];
    for (const event of tape.events) {
      trace.push(event);
      if (event.type === 'op' && event.pass === 2) books.push(shelf.bookOf(trace.passes[1]));
    }
    const shared = shelf.bookOf(trace.passes[0]);
    expect(books[0]).not.toBe(shared);
    expect(books.at(-1)).toBe(shared);
  });
});
