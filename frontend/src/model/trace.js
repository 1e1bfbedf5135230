// @ts-check
/**
 * A run as the page knows it: the events in order, and indexes over them. A position `t` means that the events
 * `[0, t)` have happened, so everything shown is a question about a trace and a position.
 */

/** @import {Event, Operand, Scope, Site, TensorInfo, Value} from '../protocol/wire' */
/** @import {BackwardRecord, OpRecord, Page, TensorRecord, OmittedRecord} from '../protocol/wire' */

/** Events that a viewer sees happen; the others (definitions) ride along with the next one. */
const STEPS = new Set([
  'output',
  'error',
  'omitted',
  'op',
  'again',
  'branch',
  'backward',
  'vjp',
  'grad',
  'clear',
  'end',
]);

export class Trace {
  constructor() {
    /** @type {Event[]} */ this.events = [];
    /** @type {Extract<Event, {type: 'start'}> | null} */ this.start = null;
    /** @type {Extract<Event, {type: 'end'}> | null} */ this.end = null;
    /** @type {(Extract<Event, {type: 'error'}> & {at: number}) | null} */ this.error = null;
    /** @type {Page[]} */ this.passes = [];
    /** @type {Map<number, Site>} */ this.sites = new Map();
    /** @type {Map<number, Scope>} */ this.scopes = new Map();
    /** @type {OmittedRecord[]} */ this.omitted = [];
    /** Positions right after each step, ascending. @type {number[]} */ this.steps = [];
    /** @type {{at: number, stream: 'stdout' | 'stderr', text: string}[]} */ this.outputs = [];
    /** @type {Map<string, OpRecord>} */ this.opsById = new Map();
    /** @type {Map<string, TensorRecord>} */ this.tensorsById = new Map();
    /** @type {Map<number, OpRecord[]>} */ this.opsByLine = new Map();
    /** @type {Map<number, Page>} */ this.pagesByNumber = new Map();
    /** @type {Map<number, BackwardRecord>} */ this.backwards = new Map();
    /** @type {Map<number, Set<string>>} */ this.leavesSeen = new Map();
  }

  /** How many events there are: the last position. */
  get length() {
    return this.events.length;
  }

  /** Adds one event of the wire. @param {Event} event */
  push(event) {
    const at = this.events.push(event) - 1;
    // Each reader below takes exactly its own event type; the table cannot express that to the checker.
    const read = /** @type {((trace: Trace, event: any, at: number) => void) | undefined} */ (
      READERS[event.type]
    );
    read?.(this, event, at);
    if (STEPS.has(event.type)) this.steps.push(at + 1);
  }

  /** @param {number} n @returns {Page | undefined} */
  page(n) {
    return this.pagesByNumber.get(n);
  }

  /** @param {string} id @returns {OpRecord | undefined} */
  op(id) {
    return this.opsById.get(id);
  }

  /** @param {string} id @returns {TensorRecord | undefined} */
  tensor(id) {
    return this.tensorsById.get(id);
  }

  /** The page that is open at position `t`: the last one that began before it. @param {number} t @returns {Page | null} */
  pageAt(t) {
    const after = upperBound(this.passes, (page) => page.at < t);
    return after ? this.passes[after - 1] : null;
  }

  /** What was printed before position `t`. @param {number} t */
  outputText(t) {
    return this.outputs.slice(
      0,
      upperBound(this.outputs, (piece) => piece.at < t),
    );
  }

  /** The ops of every page whose innermost script line is `line`. @param {number} line @returns {OpRecord[]} */
  opsAtLine(line) {
    return this.opsByLine.get(line) ?? [];
  }

  /** The script line (1-based) that ran the op. @param {OpRecord} op @returns {number | null} */
  lineOf(op) {
    return (op.site !== null && this.sites.get(op.site)?.line) || null;
  }

  /** The lines of the calls that led to the op, innermost first. @param {OpRecord} op @returns {number[]} */
  callLines(op) {
    const lines = [];
    for (let site = this.site(op.site); site; site = this.site(site.parent ?? null)) lines.push(site.line);
    return lines;
  }

  /**
   * The variable that an op's result was given to. An expression can run several ops; the last of them made its value.
   * @param {OpRecord} op @returns {string | null}
   */
  variable(op) {
    const next = this.op(`${op.pass}.${op.index + 1}`);
    const further = next && op.site !== null && next.site === op.site && next.phase === op.phase;
    return further ? null : (this.site(op.site)?.target ?? null);
  }

  /** @param {number | null} id @returns {Site | undefined} */
  site(id) {
    return id === null ? undefined : this.sites.get(id);
  }

  /** The scopes an op ran in, outermost first. @param {number | null} id @returns {Scope[]} */
  scopePath(id) {
    const path = [];
    for (let scope = id === null ? undefined : this.scopes.get(id); scope;) {
      path.push(scope);
      scope = scope.parent === null || scope.parent === undefined ? undefined : this.scopes.get(scope.parent);
    }
    return path.reverse();
  }

  /**
   * The op that wrote what an operand read: its version may be newer than the tensor's maker.
   * @param {Operand} operand
   * @returns {string | null}
   */
  writerOf(operand) {
    const tensor = operand.tensor ? this.tensor(operand.tensor) : undefined;
    if (!tensor) return null;
    const version = operand.version ?? 0;
    for (let i = tensor.values.length - 1; i >= 0; i--) {
      const { op } = tensor.values[i];
      if (tensor.values[i].version <= version) return op ?? tensor.madeBy;
    }
    return tensor.madeBy;
  }
}

/**
 * What a tensor holds at position `t`; null where it does not exist yet.
 * @param {Trace} trace @param {string} id @param {number} t @returns {Value | null}
 */
export function valueAt(trace, id, t) {
  const values = trace.tensor(id)?.values ?? [];
  const after = upperBound(values, (entry) => entry.at < t);
  return after ? values[after - 1].value : null;
}

/**
 * The gradient of a tensor at position `t`; null means "not computed", which is not zero. A leaf's is its `.grad`;
 * an intermediate's is what last flowed into the op that made it.
 * @param {Trace} trace @param {string} id @param {number} t @returns {Value | null}
 */
export function gradAt(trace, id, t) {
  const tensor = trace.tensor(id);
  if (!tensor) return null;
  const arrived = upperBound(tensor.grads, (grad) => grad.at < t);
  const cleared = upperBound(tensor.cleared, (at) => at < t);
  const last = arrived ? tensor.grads[arrived - 1] : null;
  if (last && !(cleared && tensor.cleared[cleared - 1] > last.at)) return last.value;
  const maker = tensor.madeBy === null ? undefined : trace.op(tensor.madeBy);
  if (!maker) return null;
  const slot = maker.outputs.indexOf(id);
  for (let i = maker.vjps.length - 1; i >= 0; i--) {
    if (maker.vjps[i].at < t) return maker.vjps[i].upstream[slot] ?? null;
  }
  return null;
}

/**
 * How many leading items satisfy `holds` (which must be true for a prefix and false after it).
 * @template T @param {T[]} items @param {(item: T) => boolean} holds @returns {number}
 */
export function upperBound(items, holds) {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(items[middle])) low = middle + 1;
    else high = middle;
  }
  return low;
}

// ------------------------------------------------------------------------------------------------ readers

/**
 * What each event adds to the trace.
 * @type {{[K in Event['type']]?: (trace: Trace, event: Extract<Event, {type: K}>, at: number) => void}}
 */
const READERS = {
  start: (trace, event) => {
    trace.start = event;
  },
  end: (trace, event) => {
    trace.end = event;
  },
  error: (trace, event, at) => {
    trace.error = { ...event, at };
  },
  output: (trace, { stream, text }, at) => {
    trace.outputs.push({ at, stream, text });
  },
  omitted: (trace, event, at) => {
    trace.omitted.push({ ...event, at });
  },
  site: (trace, event) => {
    trace.sites.set(event.site, event);
  },
  scope: (trace, event) => {
    trace.scopes.set(event.scope, event);
  },
  pass: (trace, event, at) => {
    openPage(trace, event.pass, at);
  },
  tensor: (trace, event, at) => {
    const tensor = meet(trace, event.tensor, at, null);
    tensor.kind = event.kind;
    tensor.name = event.name ?? tensor.name;
  },
  op: (trace, event, at) => {
    addOp(trace, event.outputs, at, {
      pass: event.pass,
      index: event.index,
      name: event.name,
      inputs: event.inputs,
      attrs: event.attrs ?? {},
      site: event.site ?? null,
      scope: event.scope ?? null,
      nth: event.nth ?? 0,
      phase: event.phase ?? 'forward',
      of: event.of ?? null,
      inplace: event.inplace ?? false,
      keeps: event.keeps ?? 0,
      time: event.time ?? 0,
    });
  },
  again: (trace, event, at) => {
    const earlier = trace.op(`${event.like}.${event.index}`);
    if (!earlier) return; // the recorder left the earlier page out; it said so with `omitted`
    const rename = passRenamer(event.like, event.pass);
    const outputs = earlier.outputs.map((id, slot) => {
      const like = /** @type {TensorRecord} */ (trace.tensor(id));
      return {
        id: rename(id),
        shape: like.shape,
        dtype: like.dtype,
        device: like.device,
        requires_grad: like.requiresGrad,
        view_of: like.viewOf && rename(like.viewOf),
        value: event.values[slot] ?? {},
        version: event.versions?.[slot] ?? 0,
      };
    });
    const inputs = event.inputs ?? earlier.inputs.map((operand) => reread(trace, operand, rename));
    const of = earlier.of && rename(earlier.of);
    addOp(trace, outputs, at, { ...earlier, pass: event.pass, inputs, of, time: event.time ?? 0 });
  },
  branch: (trace, event, at) => {
    const page = event.pass ? trace.page(event.pass) : trace.passes.at(-1);
    page?.branches.push({ ...event, at });
  },
  backward: (trace, event, at) => {
    const record = {
      backward: event.backward,
      at,
      endAt: null,
      root: event.root,
      value: event.value ?? null,
      createGraph: event.create_graph ?? false,
      site: event.site ?? null,
    };
    trace.backwards.set(event.backward, record);
    pageOf(trace, event.pass, at).backwards.push(record);
  },
  backward_end: (trace, event, at) => {
    const record = trace.backwards.get(event.backward);
    if (record) record.endAt = at;
  },
  vjp: (trace, event, at) => {
    trace.op(event.op)?.vjps.push({
      at,
      backward: event.backward,
      upstream: event.upstream,
      contributions: event.contributions,
      time: event.time ?? 0,
    });
  },
  grad: (trace, event, at) => {
    const { backward, value, accumulated = false } = event;
    trace.tensor(event.tensor)?.grads.push({ at, backward, value, accumulated });
  },
  clear: (trace, event, at) => {
    for (const id of event.tensors) trace.tensor(id)?.cleared.push(at);
  },
  pass_end: (trace, event, at) => {
    const page = pageOf(trace, event.pass, at);
    page.endAt = at;
    page.kind = event.kind;
    page.loss = event.loss ?? null;
    page.root = event.root ?? null;
    page.sameAs = event.same_as ?? null;
    page.bad = event.bad ?? null;
    page.graph = event.graph;
    page.time = event.time ?? 0;
  },
};

/** @param {Trace} trace @param {number} n @param {number} at @returns {Page} */
function openPage(trace, n, at) {
  /** @type {Page} */
  const page = {
    n,
    at,
    endAt: null,
    kind: null,
    loss: null,
    root: null,
    sameAs: null,
    bad: null,
    graph: null,
    time: 0,
    ops: [],
    leaves: [],
    backwards: [],
    branches: [],
  };
  trace.passes.push(page);
  trace.pagesByNumber.set(n, page);
  trace.leavesSeen.set(n, new Set());
  return page;
}

/** The page, opened if its own event was left out. @param {Trace} trace @param {number} n @param {number} at */
function pageOf(trace, n, at) {
  return trace.page(n) ?? openPage(trace, n, at);
}

/**
 * @param {Trace} trace @param {TensorInfo[]} outputs @param {number} at
 * @param {Omit<OpRecord, 'id' | 'at' | 'vjps' | 'outputs'>} fields
 */
function addOp(trace, outputs, at, fields) {
  const id = `${fields.pass}.${fields.index}`;
  /** @type {OpRecord} */
  const op = { ...fields, id, at, outputs: outputs.map((info) => info.id), vjps: [] };
  const page = pageOf(trace, op.pass, at);
  for (const operand of op.inputs) noteRead(trace, page, op, operand);
  for (const info of outputs) meet(trace, info, at, id);
  page.ops.push(op);
  trace.opsById.set(id, op);
  const line = trace.lineOf(op);
  if (line === null) return;
  const there = trace.opsByLine.get(line);
  if (there) there.push(op);
  else trace.opsByLine.set(line, [op]);
}

/** @param {Trace} trace @param {Page} page @param {OpRecord} op @param {Operand} operand */
function noteRead(trace, page, op, operand) {
  const tensor = operand.tensor ? trace.tensor(operand.tensor) : undefined;
  if (!tensor) return;
  if (tensor.usedBy.at(-1) !== op.id) tensor.usedBy.push(op.id);
  const here = tensor.madeBy !== null && trace.op(tensor.madeBy)?.pass === page.n;
  const seen = /** @type {Set<string>} */ (trace.leavesSeen.get(page.n));
  if (here || seen.has(tensor.id)) return;
  seen.add(tensor.id);
  page.leaves.push(tensor);
}

/** The tensor's record, with its newest value. @param {Trace} trace @param {TensorInfo} info @param {number} at @param {string | null} op */
function meet(trace, info, at, op) {
  let tensor = trace.tensor(info.id);
  if (!tensor) {
    tensor = {
      id: info.id,
      shape: info.shape,
      dtype: info.dtype,
      device: info.device ?? 'cpu',
      requiresGrad: info.requires_grad ?? false,
      viewOf: info.view_of ?? null,
      kind: 'intermediate',
      name: null,
      madeBy: op,
      usedBy: [],
      values: [],
      grads: [],
      cleared: [],
    };
    trace.tensorsById.set(info.id, tensor);
  }
  tensor.shape = info.shape;
  tensor.requiresGrad = info.requires_grad ?? false;
  tensor.values.push({ at, version: info.version ?? 0, value: info.value, op });
  return tensor;
}

/** An operand of an earlier op as the same op reads it now. @param {Trace} trace @param {Operand} operand @param {(id: string) => string} rename */
function reread(trace, operand, rename) {
  if (!operand.tensor) return operand;
  const tensor = rename(operand.tensor);
  return { tensor, version: trace.tensor(tensor)?.values.at(-1)?.version ?? 0 };
}

/** Reads the ids of pass `from` as ids of pass `to`. @param {number} from @param {number} to */
function passRenamer(from, to) {
  const prefix = `${from}.`;
  return (/** @type {string} */ id) => (id.startsWith(prefix) ? `${to}.${id.slice(prefix.length)}` : id);
}
