// @ts-check
// @vitest-environment happy-dom
/** What the panels make of a trace, before any of it is drawn. */
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { counterpart } from '../../src/model/counterpart.js';
import { Tape, twoPasses } from '../synthetic.js';

beforeAll(() => {
  vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener: () => {} }));
});

describe('a step in words', () => {
  test.each([
    ['op', 'mul made scalar 6.0, line 3'],
    ['backward', 'backward starts from 1'],
    ['vjp', 'gradient passed back through add'],
    ['grad', 'gradient of a is 4.0'],
    ['pass', 'pass 1 begins'],
  ])('%s', async (type, text) => {
    const { describe: say } = await import('../../src/ui/describe.js');
    const trace = twoPasses().trace();
    expect(say(trace, trace.events.findIndex((event) => event.type === type) + 1)).toBe(text);
  });

  test('a definition says what the last step said', async () => {
    const { describe: say } = await import('../../src/ui/describe.js');
    const tape = new Tape().open();
    tape.op('relu', [tape.leaf('input', 'x')]);
    tape.site(9, 9);
    expect(say(tape.trace(), tape.events.length)).toBe('relu made scalar 1.0');
  });
});

describe('a tile of the strip', () => {
  /** @param {Tape} tape */
  const marks = async (tape) => {
    const { remark } = await import('../../src/ui/passes.js');
    const trace = tape.trace();
    return trace.passes.map((_page, i) => remark(trace, i).look);
  };
  /** @param {Record<string, unknown>} fields */
  const page = (tape = new Tape(), fields = {}) => {
    tape.open().site(1, 3);
    const x = tape.leaf('input', 'x');
    tape.op('relu', [x], { site: 1 });
    return tape.close(fields);
  };

  test('the first, the same again, another, and back to the first', async () => {
    const tape = page(page(), { same_as: 1 });
    tape.open().site(2, 4);
    tape.op('tanh', [tape.leaf('input', 'x')], { site: 2 });
    tape.close();
    page(tape, { same_as: 1 });
    expect(await marks(tape)).toEqual(['first', 'same', 'changed', 'back']);
  });

  test('NaN and an error come before everything else', async () => {
    const tape = page(page(), { same_as: 1, bad: '2.0' }).open();
    tape.op('relu', ['t1']);
    tape.close({ kind: 'partial' }).add({ type: 'error', exception: 'E', message: 'm' });
    expect(await marks(tape)).toEqual(['first', 'bad', 'error']);
  });

  test('a page that is still drawn makes no claims', async () => {
    const tape = page().open();
    tape.op('relu', ['t1']);
    expect(await marks(tape)).toEqual(['first', 'growing']);
  });
});

describe('the outline', () => {
  const tape = new Tape().open().scope(1, 'net').scope(2, 'net.0', 1).scope(3, 'net.1', 1);
  const x = tape.leaf('input', 'x');
  const a = tape.op('linear', [x], { scope: 2 });
  const b = tape.op('relu', [a], { scope: 3 });
  tape.op('sum', [b]);
  const trace = tape.trace();

  test('has each op under its scopes, in order', async () => {
    const { rowsOf } = await import('../../src/ui/outline.js');
    expect(rowsOf(trace, trace.passes[0].ops, new Set()).map(({ id, level }) => [id, level])).toEqual([
      ['scope:1', 1],
      ['scope:2', 2],
      ['1.0', 3],
      ['scope:3', 2],
      ['1.1', 3],
      ['1.2', 1],
    ]);
  });

  test('folds a scope away with all that is in it, and counts it', async () => {
    const { rowsOf } = await import('../../src/ui/outline.js');
    const rows = rowsOf(trace, trace.passes[0].ops, new Set(['scope:1']));
    expect(rows.map(({ id }) => id)).toEqual(['scope:1', '1.2']);
    expect(rows[0].inside).toBe(2);
  });
});

describe('a selection that is flipped along', () => {
  const trace = twoPasses().trace();
  const [first, second] = trace.passes;

  test('finds its like, keeps a leaf, and gives up where there is none', () => {
    const tanh = second.ops.find(({ name }) => name === 'tanh');
    expect(counterpart(trace, first.ops[1].id, second)).toBe(second.ops[2].id);
    expect(counterpart(trace, 't1', second)).toBe('t1');
    expect(counterpart(trace, String(tanh?.id), first)).toBeNull();
    expect(counterpart(trace, first.ops[0].id, first)).toBe(first.ops[0].id);
  });
});

describe('numbers of a tensor', () => {
  test('fall into the tables of the last two dimensions', async () => {
    const { tablesOf } = await import('../../src/ui/inspector/table.js');
    const data = [1, 2, 3, 4, 5, 6, 7, 8];
    expect(tablesOf(data, [2, 2, 2])).toEqual([
      { at: [0], rows: [[1, 2], [3, 4]] }, // prettier-ignore
      { at: [1], rows: [[5, 6], [7, 8]] }, // prettier-ignore
    ]);
    expect(tablesOf([1, 2], [2])).toEqual([{ at: [], rows: [[1, 2]] }]);
    expect(tablesOf([1], [])).toEqual([{ at: [], rows: [[1]] }]);
  });

  test('are asked for in parts that can be shown', async () => {
    const { partOf } = await import('../../src/ui/inspector/value.js');
    expect(partOf([300, 500])).toEqual({ slice: ':64,:64', shape: [64, 64] });
    expect(partOf([8, 3, 28, 28])).toEqual({ slice: '0,0,:28,:28', shape: [28, 28] });
    expect(partOf([40])).toEqual({ slice: ':40', shape: [40] });
  });
});

test('what is printed on one stream is one piece', async () => {
  const { merge } = await import('../../src/ui/output.js');
  expect(
    merge([
      { stream: 'stdout', text: 'a' },
      { stream: 'stdout', text: 'b\n' },
      { stream: 'stderr', text: 'c' },
      { stream: 'stdout', text: 'd' },
    ]).map(({ text }) => text),
  ).toEqual(['ab\n', 'c', 'd']);
});

test('the pages of a flip book run together: each pass plays faster than the one before', async () => {
  const { stepsPerSecond } = await import('../../src/ui/pace.js');
  const tape = new Tape();
  for (let pass = 0; pass < 8; pass += 1) {
    tape.open();
    const x = tape.leaf('input', 'x');
    for (let i = 0; i < 100; i += 1) tape.op('relu', [x]);
    tape.close(pass ? { same_as: 1 } : {});
  }
  const trace = tape.trace();
  const rates = trace.passes.map((page) => stepsPerSecond(trace, page));
  expect(rates).toEqual([...rates].sort((a, b) => a - b));
  expect(rates[0]).toBeLessThan(15);
  expect(rates[7]).toBeGreaterThan(300);
});
