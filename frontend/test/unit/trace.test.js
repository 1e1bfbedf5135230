// @ts-check
import { describe, expect, test } from 'vitest';
import { gradAt, Trace, valueAt } from '../../src/model/trace.js';
import { Tape, twoPasses } from '../synthetic.js';

describe('a trace', () => {
  test('has its pages in order, each with its ops and the leaves it reads', () => {
    const trace = twoPasses().trace();
    expect(trace.passes.map((page) => page.ops.map((op) => op.name))).toEqual([
      ['mul', 'add'],
      ['mul', 'tanh', 'add'],
    ]);
    expect(trace.page(2)?.leaves.map((leaf) => leaf.name)).toEqual(['a', 'b']);
    expect(trace.page(1)?.backwards[0].root).toBe('1.1');
  });

  test('knows the page at every position', () => {
    const trace = twoPasses().trace();
    const [first, second] = trace.passes;
    expect(trace.pageAt(0)).toBeNull();
    expect(trace.pageAt(first.at)).toBeNull();
    expect(trace.pageAt(first.at + 1)).toBe(first);
    expect(trace.pageAt(second.at)).toBe(first);
    expect(trace.pageAt(trace.length)).toBe(second);
  });

  test('shows the state of a position the same whichever way it was reached', () => {
    const { events } = twoPasses();
    const whole = twoPasses().trace();
    const growing = new Trace();
    events.forEach((event, i) => {
      growing.push(event);
      for (const id of growing.tensorsById.keys()) {
        expect(valueAt(whole, id, i + 1)).toEqual(valueAt(growing, id, i + 1));
        expect(gradAt(whole, id, i + 1)).toEqual(gradAt(growing, id, i + 1));
      }
    });
  });

  test('tells "not computed" from zero, and forgets cleared gradients', () => {
    const tape = new Tape().open();
    const a = tape.leaf('parameter', 'a');
    const y = tape.op('relu', [a]);
    tape.backward(y, [[y, 1, [0]]]).grad(a, 0);
    const before = tape.events.length;
    tape.add({ type: 'clear', tensors: [a] });
    const trace = tape.trace();
    expect(gradAt(trace, a, before - 1)).toBeNull();
    expect(gradAt(trace, a, before)).toEqual({ data: [0] });
    expect(gradAt(trace, a, before + 1)).toBeNull();
    expect(gradAt(trace, y, before)).toEqual({ data: [1] });
  });

  test('expands `again` against the earlier page: same ids but for the pass, current versions of leaves', () => {
    const tape = new Tape().open().site(1, 3);
    const w = tape.leaf('parameter', 'w');
    const y = tape.op('mul', [w, 2], { site: 1, shape: [3] });
    tape.op('neg', [y], { site: 1 });
    tape.add({
      type: 'op',
      pass: 1,
      index: 2,
      name: 'sub_',
      inputs: [{ tensor: w }, { value: 0.1 }],
      outputs: [
        { id: w, shape: [], dtype: 'float32', value: { data: [5] }, version: 1, requires_grad: true },
      ],
      phase: 'update',
      inplace: true,
    });
    tape.close().open();
    tape.add({ type: 'again', pass: 2, index: 0, like: 1, values: [{ data: [7] }] });
    tape.add({ type: 'again', pass: 2, index: 1, like: 1, values: [{ data: [-7] }] });
    const trace = tape.trace();
    const [mul, neg] = trace.page(2)?.ops ?? [];
    expect(mul.inputs).toEqual([{ tensor: w, version: 1 }, { value: 2 }]);
    expect(neg.inputs).toEqual([{ tensor: '2.0', version: 0 }]);
    expect(trace.tensor('2.0')?.shape).toEqual([3]);
    expect(valueAt(trace, '2.1', trace.length)).toEqual({ data: [-7] });
    expect(trace.opsAtLine(3).map((op) => op.id)).toEqual(['1.0', '1.1', '2.0', '2.1']);
  });

  test('an in-place write is where the newer version comes from, but the tensor stays the leaf it was', () => {
    const tape = new Tape().open();
    const x = tape.leaf('input', 'x');
    const outputs = [{ id: x, shape: [], dtype: 'float32', value: { data: [2] }, version: 1 }];
    tape.add({
      type: 'op',
      pass: 1,
      index: 0,
      name: 'add_',
      inputs: [{ tensor: x }, { value: 1 }],
      outputs,
      inplace: true,
    });
    const trace = tape.trace();
    expect(trace.writerOf({ tensor: x, version: 1 })).toBe('1.0');
    expect(trace.writerOf({ tensor: x, version: 0 })).toBeNull();
    expect(trace.tensor(x)?.madeBy).toBeNull();
  });

  test('lists lines from the op outwards', () => {
    const tape = new Tape().open().site(1, 30).site(2, 12, 1);
    tape.op('mul', [1, 2], { site: 2 });
    const trace = tape.trace();
    const [op] = trace.page(1)?.ops ?? [];
    expect(trace.lineOf(op)).toBe(12);
    expect(trace.callLines(op)).toEqual([12, 30]);
  });
});
