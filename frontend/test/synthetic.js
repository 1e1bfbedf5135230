// @ts-check
/**
 * Traces written by hand, for tests that need a shape no small script has (very wide, very deep, out of order).
 * The numbers of a tensor are made up; the structure is that of real events.
 */
import { Trace } from '../src/model/trace.js';

/** @import {Event, LeafKind, Operand, Phase} from '../src/protocol/wire' */

/** Writes events one by one, as a run would. */
export class Tape {
  constructor() {
    /** @type {Event[]} */ this.events = [];
    this.pass = 0;
    this.index = 0;
    this.leaves = 0;
    this.backwards = 0;
    this.add({ type: 'start', schema: 1, device: 'cpu', engine: '0' });
  }

  /** @param {any} event without its number */
  add(event) {
    this.events.push({ ...event, seq: this.events.length });
    return this;
  }

  open() {
    this.index = 0;
    this.add({ type: 'pass', pass: ++this.pass });
    return this;
  }

  /** @param {Record<string, any>} fields */
  close(fields = {}) {
    return this.add({
      type: 'pass_end',
      pass: this.pass,
      kind: 'train',
      ops: this.index,
      graph: 'g',
      ...fields,
    });
  }

  /** @param {number} site @param {number} line @param {number} [parent] */
  site(site, line, parent) {
    return this.add({
      type: 'site',
      site,
      line,
      col: 0,
      end_line: line,
      end_col: 9,
      function: '<module>',
      parent,
    });
  }

  /** @param {number} scope @param {string} name @param {number} [parent] @param {string} [cls] */
  scope(scope, name, parent, cls = 'Linear') {
    return this.add({ type: 'scope', scope, name, kind: 'module', parent, cls });
  }

  /** @param {LeafKind} kind @param {string} name @param {number[]} shape @param {number[]} data */
  leaf(kind, name, shape = [], data = [1]) {
    const id = `t${++this.leaves}`;
    const tensor = { id, shape, dtype: 'float32', value: { data }, requires_grad: kind === 'parameter' };
    this.add({ type: 'tensor', pass: this.pass, tensor, kind, name });
    return id;
  }

  /**
   * @param {string} name @param {(string | number | Operand)[]} inputs
   * @param {{site?: number, scope?: number, nth?: number, shape?: number[], data?: any[], grad?: boolean, phase?: Phase}} [options]
   */
  op(name, inputs, { site, scope, nth, shape = [], data = [1], grad = true, phase } = {}) {
    const id = `${this.pass}.${this.index}`;
    const operands = inputs.map((input) => {
      if (typeof input === 'object') return input;
      return typeof input === 'string' ? { tensor: input } : { value: input };
    });
    const outputs = [{ id, shape, dtype: 'float32', value: { data }, requires_grad: grad }];
    const index = this.index++;
    this.add({
      type: 'op',
      pass: this.pass,
      index,
      name,
      inputs: operands,
      outputs,
      site,
      scope,
      nth,
      phase,
    });
    return id;
  }

  /** @param {string} root @param {[string, number, number[]][]} vjps op, upstream, contribution per input */
  backward(root, vjps) {
    const backward = ++this.backwards;
    this.add({ type: 'backward', pass: this.pass, backward, root, value: 1 });
    for (const [op, upstream, sent] of vjps) {
      const contributions = sent.map((value, input) => ({ input, value: { data: [value] } }));
      this.add({
        type: 'vjp',
        pass: this.pass,
        backward,
        op,
        upstream: [{ data: [upstream] }],
        contributions,
      });
    }
    return this;
  }

  /** @param {string} tensor @param {number} value */
  grad(tensor, value) {
    return this.add({
      type: 'grad',
      pass: this.pass,
      backward: this.backwards,
      tensor,
      value: { data: [value] },
    });
  }

  trace() {
    const trace = new Trace();
    for (const event of this.events) trace.push(event);
    return trace;
  }
}

/** y = (a * b + a) with its backward; two passes, the second with one op more. */
export function twoPasses() {
  const tape = new Tape();
  for (const extra of [false, true]) {
    tape.open().site(1, 3).site(2, 4).site(3, 5);
    const a = tape.leaf('parameter', 'a', [], [2]);
    const b = tape.leaf('parameter', 'b', [], [3]);
    const product = tape.op('mul', [a, b], { site: 1, data: [6] });
    const middle = extra ? tape.op('tanh', [product], { site: 3, data: [0.99] }) : product;
    const sum = tape.op('add', [middle, a], { site: 2, data: [8] });
    tape.backward(sum, [
      [sum, 1, [1, 1]],
      [product, 1, [3, 2]],
    ]);
    tape
      .grad(a, 4)
      .grad(b, 2)
      .close({ root: sum, loss: 8, graph: extra ? 'longer' : 'short' });
  }
  return tape;
}

/** A deep net of residual blocks in nested scopes, with its backward. @param {number} ops about how many */
export function deep(ops) {
  const tape = new Tape().open();
  const blocks = Math.max(1, Math.round(ops / 7));
  let scope = 0;
  tape.scope(++scope, 'net', undefined, 'Net');
  const net = scope;
  let x = tape.leaf('input', 'x', [32, 64]);
  let group = net;
  /** @type {string[]} */
  const ran = [];
  const op = (/** @type {string} */ name, /** @type {string[]} */ inputs, /** @type {number} */ at) => {
    const id = tape.op(name, inputs, { scope: at, shape: [32, 64], data: [0.25, -1.5, 0.75, 2] });
    ran.push(id);
    return id;
  };
  for (let block = 0; block < blocks; block++) {
    if (block % 8 === 0) tape.scope((group = ++scope), `stage${block / 8}`, net, 'Stage');
    tape.scope(++scope, `blocks.${block}`, group, 'Block');
    const at = scope;
    let h = op('layer_norm', [x, tape.leaf('parameter', 'weight', [64])], at);
    tape.scope(++scope, 'fc1', at);
    h = op(
      'linear',
      [h, tape.leaf('parameter', 'weight', [64, 64]), tape.leaf('parameter', 'bias', [64])],
      scope,
    );
    h = op('gelu', [h], at);
    const gate = op('sigmoid', [x], at);
    h = op('mul', [h, gate], at);
    tape.scope(++scope, 'fc2', at);
    h = op(
      'linear',
      [h, tape.leaf('parameter', 'weight', [64, 64]), tape.leaf('parameter', 'bias', [64])],
      scope,
    );
    x = op('add', [h, x], at);
  }
  const root = tape.op('mean', [x], { scope: net, data: [0.5] });
  tape.backward(root, [
    [root, 1, [1]],
    ...ran.reverse().map((id) => /** @type {[string, number, number[]]} */ ([id, 0.1, [0.1, 0.2, 0.3]])),
  ]);
  return tape.close({ root, loss: 0.5 }).add({ type: 'end', status: 'finished' });
}
