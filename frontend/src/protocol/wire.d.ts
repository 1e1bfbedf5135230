/** Names for pieces of the generated event types that the page speaks of by themselves. */
import type * as schema from './schema';

export type {
  Event,
  Site,
  Scope,
  Operand,
  TensorInfo,
  Value,
  Summary,
  Contribution,
  Frame,
  FailedOp,
} from './schema';
export type Numeral = number | 'NaN' | 'Infinity' | '-Infinity';
export type LeafKind = schema.Leaf['kind'];
export type PassKind = schema.PassEnd['kind'];
export type Phase = NonNullable<schema.Op['phase']>;
export type Status = schema.End['status'];

/** A vjp as an op remembers it. */
export interface VjpRecord {
  /** Position of the event. */
  at: number;
  backward: number;
  upstream: (schema.Value | null)[];
  contributions: schema.Contribution[];
  time: number;
}

/** One executed op, with `again` already expanded. */
export interface OpRecord {
  id: string;
  pass: number;
  index: number;
  name: string;
  inputs: schema.Operand[];
  /** Tensor ids. */
  outputs: string[];
  attrs: Record<string, unknown>;
  site: number | null;
  scope: number | null;
  nth: number;
  phase: Phase;
  /** In double backward: the op whose rule this op is part of. */
  of: string | null;
  inplace: boolean;
  /** Bytes kept alive for backward. */
  keeps: number;
  /** Nanoseconds. */
  time: number;
  /** Position of the event. */
  at: number;
  vjps: VjpRecord[];
}

/** A tensor over the whole run. */
export interface TensorRecord {
  id: string;
  shape: number[];
  dtype: string;
  device: string;
  requiresGrad: boolean;
  viewOf: string | null;
  kind: LeafKind | 'intermediate';
  name: string | null;
  madeBy: string | null;
  usedBy: string[];
  /** `op` is the op that wrote this version; null for what a leaf came with. */
  values: { at: number; version: number; value: schema.Value; op: string | null }[];
  grads: { at: number; backward: number; value: schema.Value; accumulated: boolean }[];
  /** Positions at which its gradient was cleared. */
  cleared: number[];
}

/** One `backward()` of a page. */
export interface BackwardRecord {
  backward: number;
  at: number;
  endAt: number | null;
  root: string;
  value: Numeral | null;
  createGraph: boolean;
  site: number | null;
}

/** A point where Python looked at a tensor's value. */
export interface BranchRecord extends schema.Branch {
  at: number;
}

/** Something the recorder left out, with its reason. */
export interface OmittedRecord extends schema.Omitted {
  at: number;
}

/** One pass. */
export interface Page {
  n: number;
  at: number;
  endAt: number | null;
  kind: PassKind | null;
  loss: Numeral | null;
  root: string | null;
  sameAs: number | null;
  bad: string | null;
  /** Digest of the graph's structure, once the page is complete. */
  graph: string | null;
  time: number;
  ops: OpRecord[];
  /** Every tensor that an op of this page reads and none of them made, in the order of first reading. */
  leaves: TensorRecord[];
  backwards: BackwardRecord[];
  branches: BranchRecord[];
}
