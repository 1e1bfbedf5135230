// @ts-check
/**
 * Two pages side by side. Ops are aligned by what wrote them, not by guessing: same site (with the calls that led
 * there), same scope path, same op, same time round.
 */

/** @import {Trace} from './trace.js' */
/** @import {OpRecord, Operand, Page, TensorRecord} from '../protocol/wire' */

/** @typedef {{same: Set<string>, changed: Set<string>, added: Set<string>, gone: OpRecord[]}} Comparison */

/** Keys are asked for by every frame, so they are remembered per record. @type {WeakMap<OpRecord, string>} */
const keys = new WeakMap();

/** The op's identity across pages. @param {Trace} trace @param {OpRecord} op @returns {string} */
export function keyOf(trace, op) {
  let key = keys.get(op);
  if (key === undefined) {
    const phase = op.phase === 'forward' ? '' : op.phase;
    key = `${sitePath(trace, op)}|${scopeKey(trace, op.scope)}|${op.name}|${op.nth}|${phase}`;
    keys.set(op, key);
  }
  return key;
}

/** A scope's identity across pages. @param {Trace} trace @param {number | null} scope @returns {string} */
export function scopeKey(trace, scope) {
  return trace
    .scopePath(scope)
    .map(({ name, call = 0 }) => (call ? `${name}#${call}` : name))
    .join('/');
}

/** The end counts too: `a @ b` and `a @ b @ c` begin alike. @param {Trace} trace @param {OpRecord} op */
function sitePath(trace, op) {
  const path = [];
  for (let site = trace.site(op.site); site; site = trace.site(site.parent ?? null)) {
    path.push(`${site.line}:${site.col}-${site.end_line}:${site.end_col}`);
  }
  return path.join('<');
}

/**
 * What page `b` has that page `a` has too (`same`, or `changed` in its inputs' origin or its outputs' shapes), what it
 * has alone (`added`), and what only `a` has (`gone`).
 * @param {Trace} trace @param {Page | null | undefined} a @param {Page} b @returns {Comparison}
 */
export function compare(trace, a, b) {
  /** @type {Comparison} */
  const result = { same: new Set(), changed: new Set(), added: new Set(), gone: [] };
  /** @type {Map<string, OpRecord>} */
  const before = new Map((a?.ops ?? []).map((op) => [keyOf(trace, op), op]));
  for (const op of b.ops) {
    const key = keyOf(trace, op);
    const old = before.get(key);
    before.delete(key);
    if (!old) result.added.add(op.id);
    else if (structure(trace, old) === structure(trace, op)) result.same.add(op.id);
    else result.changed.add(op.id);
  }
  result.gone = [...before.values()];
  return result;
}

/** What must be equal for an op to be the same one. @param {Trace} trace @param {OpRecord} op @returns {string} */
function structure(trace, op) {
  const inputs = op.inputs.map((operand) => origin(trace, op, operand));
  const outputs = op.outputs.map((id) => trace.tensor(id)?.shape.join('x'));
  return `${inputs.join(';')}>${outputs.join(';')}`;
}

/** Where an operand came from, in words that do not change with the pass. @param {Trace} trace @param {OpRecord} op @param {Operand} operand */
function origin(trace, op, operand) {
  if (!operand.tensor) return 'number';
  const writer = trace.writerOf(operand);
  const maker = writer === null ? undefined : trace.op(writer);
  if (maker && maker.pass === op.pass)
    return `${keyOf(trace, maker)}:${maker.outputs.indexOf(operand.tensor)}`;
  const tensor = /** @type {TensorRecord | undefined} */ (trace.tensor(operand.tensor));
  return `${tensor?.kind}:${tensor?.name ?? ''}:${tensor?.shape.join('x')}`;
}
