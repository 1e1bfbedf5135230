/* Generated from engine.recorder.schema by `npm run schema`. Change it there. */

export type Event =
  | Start
  | Output
  | Error
  | Omitted
  | End
  | Site
  | Scope
  | Pass
  | Leaf
  | Op
  | Again
  | Branch
  | Backward
  | Vjp
  | Grad
  | BackwardEnd
  | Clear
  | PassEnd;

/**
 * First event of every run.
 */
export interface Start {
  type: 'start';
  schema: number;
  device: string;
  engine: string;
  /**
   * Number of the event in its run.
   */
  seq: number;
}
/**
 * Text that the script printed.
 */
export interface Output {
  type: 'output';
  stream: 'stderr' | 'stdout';
  text: string;
  /**
   * Number of the event in its run.
   */
  seq: number;
}
/**
 * The exception that ended the script. What ran before it stays.
 */
export interface Error {
  type: 'error';
  exception: string;
  message: string;
  traceback?: Frame[];
  line?: number | null;
  col?: number | null;
  end_line?: number | null;
  end_col?: number | null;
  op?: FailedOp | null;
  clash?: Clash | null;
  hint?: string | null;
  /**
   * Number of the event in its run.
   */
  seq: number;
}
/**
 * One line of a traceback; only frames of the user's script.
 */
export interface Frame {
  line: number;
  function: string;
  text?: string;
}
/**
 * The op that could not run.
 */
export interface FailedOp {
  name: string;
  inputs: Operand[];
  shapes: (number[] | null)[];
  scope?: number | null;
  site?: number | null;
}
/**
 * What an op read: a tensor (at a version), or a Python scalar.
 */
export interface Operand {
  tensor?: string | null;
  version?: number;
  value?: number | ('-Infinity' | 'Infinity' | 'NaN') | string | boolean | null;
}
/**
 * What backward could not use: a value that an op had saved for its rule.
 */
export interface Clash {
  op: string;
  tensor?: string | null;
  saved?: number;
  now?: number | null;
}
/**
 * Something was left out because a budget ran out. Nothing is left out without one of these.
 */
export interface Omitted {
  type: 'omitted';
  what: 'gradients' | 'ops' | 'output' | 'pass' | 'tensors';
  count: number;
  reason: string;
  pass?: number | null;
  /**
   * Number of the event in its run.
   */
  seq: number;
}
/**
 * Last event of every run; the server's to say.
 */
export interface End {
  type: 'end';
  status: 'cancelled' | 'failed' | 'finished' | 'killed';
  reason?: string | null;
  /**
   * Number of the event in its run.
   */
  seq: number;
}
/**
 * A place in the source where ops are written, told once. ``parent`` is the call that led here.
 */
export interface Site {
  type: 'site';
  site: number;
  line: number;
  col: number;
  end_line: number;
  end_col: number;
  function: string;
  parent?: number | null;
  text?: string;
  target?: string | null;
  /**
   * Number of the event in its run.
   */
  seq: number;
}
/**
 * A module call, function or optimizer step that ops run in, told once per path and ordinal within a pass.
 */
export interface Scope {
  type: 'scope';
  scope: number;
  name: string;
  kind: 'composite' | 'function' | 'module' | 'optimizer';
  parent?: number | null;
  cls?: string | null;
  detail?: string;
  call?: number;
  /**
   * Number of the event in its run.
   */
  seq: number;
}
/**
 * A new page: the ops that follow belong to pass ``pass`` (1, 2, ...).
 */
export interface Pass {
  type: 'pass';
  pass: number;
  /**
   * Number of the event in its run.
   */
  seq: number;
}
/**
 * A tensor that no recorded op made, when an op first reads it; a module's parameter that none read, at the end.
 */
export interface Leaf {
  type: 'tensor';
  pass: number;
  tensor: TensorInfo;
  kind: 'buffer' | 'constant' | 'detached' | 'gradient' | 'input' | 'parameter';
  name?: string | null;
  /**
   * Number of the event in its run.
   */
  seq: number;
}
/**
 * A tensor and its numbers.
 */
export interface TensorInfo {
  id: string;
  shape: number[];
  dtype: string;
  value: Value;
  device?: string;
  requires_grad?: boolean;
  version?: number;
  view_of?: string | null;
}
/**
 * The numbers of a tensor at one moment: whole when it is small, else a summary.
 */
export interface Value {
  data?: (number | ('-Infinity' | 'Infinity' | 'NaN'))[] | null;
  summary?: Summary | null;
  kept?: boolean;
}
/**
 * What a large tensor's numbers look like. Statistics are over the finite elements only.
 */
export interface Summary {
  min?: number | ('-Infinity' | 'Infinity' | 'NaN') | null;
  max?: number | ('-Infinity' | 'Infinity' | 'NaN') | null;
  mean?: number | ('-Infinity' | 'Infinity' | 'NaN') | null;
  std?: number | ('-Infinity' | 'Infinity' | 'NaN') | null;
  norm?: number | ('-Infinity' | 'Infinity' | 'NaN') | null;
  nan?: number;
  inf?: number;
  zero?: number;
  histogram?: number[];
}
/**
 * One executed op.
 */
export interface Op {
  type: 'op';
  pass: number;
  index: number;
  name: string;
  inputs: Operand[];
  outputs: TensorInfo[];
  attrs?: {
    [k: string]: unknown;
  };
  site?: number | null;
  scope?: number | null;
  nth?: number;
  phase?: 'backward' | 'forward' | 'update';
  of?: string | null;
  inplace?: boolean;
  keeps?: number;
  time?: number;
  /**
   * Number of the event in its run.
   */
  seq: number;
}
/**
 * An op that is the same as op ``index`` of pass ``like`` in all but its numbers.
 *
 *     Its inputs are those of the earlier op with pass ``like`` read as this pass, unless ``inputs`` says otherwise.
 */
export interface Again {
  type: 'again';
  pass: number;
  index: number;
  like: number;
  values: Value[];
  inputs?: Operand[] | null;
  versions?: number[] | null;
  time?: number;
  /**
   * Number of the event in its run.
   */
  seq: number;
}
/**
 * Python looked at a tensor's value: which one, what it saw, and which way it went.
 */
export interface Branch {
  type: 'branch';
  kind: 'assert' | 'comprehension' | 'if' | 'read' | 'ternary' | 'while';
  site: number;
  value: number | ('-Infinity' | 'Infinity' | 'NaN') | boolean | null;
  pass?: number | null;
  after?: number;
  tensor?: string | null;
  taken?: boolean | null;
  test?: string;
  /**
   * Number of the event in its run.
   */
  seq: number;
}
/**
 * ``backward()`` or ``autograd.grad()`` starts from ``root``.
 */
export interface Backward {
  type: 'backward';
  pass: number;
  backward: number;
  root: string;
  value?: number | ('-Infinity' | 'Infinity' | 'NaN') | null;
  create_graph?: boolean;
  site?: number | null;
  /**
   * Number of the event in its run.
   */
  seq: number;
}
/**
 * An op's derivative rules ran: gradients of its outputs came in, contributions to its inputs went out.
 */
export interface Vjp {
  type: 'vjp';
  pass: number;
  backward: number;
  op: string;
  upstream: (Value | null)[];
  contributions: Contribution[];
  time?: number;
  /**
   * Number of the event in its run.
   */
  seq: number;
}
/**
 * What an op's rule sent back along one input edge.
 */
export interface Contribution {
  input: number;
  value: Value;
  summed_from?: number[] | null;
}
/**
 * A gradient arrived in a tensor's ``.grad``.
 */
export interface Grad {
  type: 'grad';
  pass: number;
  backward: number;
  tensor: string;
  value: Value;
  accumulated?: boolean;
  /**
   * Number of the event in its run.
   */
  seq: number;
}
/**
 * The backward is through.
 */
export interface BackwardEnd {
  type: 'backward_end';
  pass: number;
  backward: number;
  time?: number;
  /**
   * Number of the event in its run.
   */
  seq: number;
}
/**
 * Gradients were set to ``None`` (or zero): not computed again.
 */
export interface Clear {
  type: 'clear';
  tensors: string[];
  pass?: number | null;
  /**
   * Number of the event in its run.
   */
  seq: number;
}
/**
 * The page is complete.
 */
export interface PassEnd {
  type: 'pass_end';
  pass: number;
  kind: 'inference' | 'partial' | 'setup' | 'train';
  ops: number;
  graph: string;
  same_as?: number | null;
  loss?: number | ('-Infinity' | 'Infinity' | 'NaN') | null;
  root?: string | null;
  bad?: string | null;
  time?: number;
  /**
   * Number of the event in its run.
   */
  seq: number;
}
