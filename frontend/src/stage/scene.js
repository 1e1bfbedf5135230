// @ts-check
/**
 * One page as things with places: ops, leaves, edges and scope boxes, each with its state at the clock's position and
 * the moments (ms) at which that state began. Nothing here draws.
 */
import { gradAt, valueAt } from '../model/trace.js';
import { COLUMN, LEAF, LEAF_DISTANCE, NODE, NODE_TOP, outset, ROW } from '../layout/measure.js';
import { Router } from '../layout/route.js';
import {
  ALWAYS,
  bottomOf,
  centre,
  emptyBounds,
  extend,
  landing,
  nodeOf,
  placeOf,
  titleOf,
} from './things.js';

/** @import {FlipBook, Item} from '../layout/flipbook.js' */
/** @import {Trace} from '../model/trace.js' */
/** @import {Event, OpRecord, Page, TensorRecord, Value} from '../protocol/wire' */
/** @import {Bounds} from './camera.js' */
/** @import {Placed, SceneEdge, SceneNode, SceneScope} from './things.js' */

/** More events at once than this are a jump, and jumps are not animated. */
const JUMP = 64;
/** A leaf, then its edge, then its op, ms. */
const STAGGER = 70;

export class Scene {
  /** @param {Trace} trace @param {FlipBook} book @param {Page} page */
  constructor(trace, book, page) {
    this.trace = trace;
    this.book = book;
    this.page = page;
    /** @type {SceneNode[]} */ this.nodes = [];
    /** @type {SceneEdge[]} */ this.edges = [];
    /** @type {Map<string, SceneScope>} */ this.scopes = new Map();
    /** By op id. @type {Map<string, SceneNode>} */ this.nodeOfOp = new Map();
    /** By tensor id: the node that shows the tensor. @type {Map<string, SceneNode>} */ this.nodeOfTensor =
      new Map();
    /** Leaves beside an op. @type {Map<string, SceneNode[]>} */ this.chipsOfOp = new Map();
    /** A leaf's further appearances. @type {Map<string, SceneNode[]>} */ this.echoes = new Map();
    /** By the op's id and input. @type {Map<string, SceneEdge>} */ this.edgeOfInput = new Map();
    /** @type {Map<Item, SceneNode>} */ this.nodeOfFold = new Map();
    this.router = new Router();
    this.blocked = 0;
    this.taken = 0;
    this.position = 0;
    this.edition = this.book.edition;
    /** @type {SceneNode | null} */ this.newest = null;
    /** Something still moves until then, ms. */ this.busyUntil = 0;
    /** Nodes slide to their places until then, ms. */ this.slidesUntil = 0;
    /** @type {SceneNode | null} */ this.failed = null;
    /** @type {Bounds} */ this.extent = emptyBounds();
  }

  /** The layout has moved since: this scene is out of date. */
  get stale() {
    return this.edition !== this.book.edition;
  }

  /** Takes in the ops that the page has gained. The book must have settled. @returns {boolean} whether there were any */
  sync() {
    const { items, grid } = this.book;
    for (; this.blocked < items.length; this.blocked++) {
      const { index } = items[this.blocked];
      const [column, row] = [grid.column[index], grid.row[index]];
      this.router.block(column - grid.width[index] + 1, column, row, row + grid.height[index] - 1);
    }
    const before = this.taken;
    for (; this.taken < this.page.ops.length; this.taken++) this.#take(this.page.ops[this.taken]);
    this.#takeFailure();
    return this.taken > before;
  }

  /** Shows position `t`. Small steps forward are animated from `now` (ms) on. @param {number} t @param {number} now @param {boolean} animate */
  moveTo(t, now, animate) {
    if (t === this.position) return false;
    const forward = t > this.position && t - this.position <= JUMP && animate;
    if (forward) for (let at = this.position; at < t; at++) this.#happen(this.trace.events[at], at, now);
    else this.#jump(t);
    this.position = t;
    return true;
  }

  /** @param {string} id op or tensor @returns {SceneNode | undefined} */
  node(id) {
    return this.nodeOfOp.get(id) ?? this.nodeOfTensor.get(id);
  }

  /** The topmost node at a point of the world. @param {number} x @param {number} y @returns {SceneNode | null} */
  nodeAt(x, y) {
    for (let i = this.nodes.length - 1; i >= 0; i--) {
      const node = this.nodes[i];
      if (!node.born) continue;
      if (x >= node.x && x <= node.x + node.width && y >= node.y && y <= node.y + node.height) return node;
    }
    return null;
  }

  /** The innermost scope whose title bar is at a point. @param {number} x @param {number} y @param {number} height of the bar */
  scopeTitleAt(x, y, height) {
    let found = null;
    for (const scope of this.scopes.values()) {
      const { left, top, right } = scope.box;
      const inside = scope.count && x >= left && x <= right && y >= top && y <= top + height;
      if (inside && (!found || scope.depth > found.depth)) found = scope;
    }
    return found;
  }

  /** Where an op of another page would stand. @param {OpRecord} op @param {Item} item @param {string} detail @returns {SceneNode} */
  ghost(op, item, detail) {
    const place = placeOf(this.book, item);
    const fields = {
      id: op.id,
      kind: /** @type {const} */ ('op'),
      label: op.name,
      op,
      tensor: null,
      strip: 0,
      item,
      at: op.at,
    };
    return nodeOf({ ...fields, ...place, detail, ghost: true });
  }

  /** What a node stands on and what stands on it, itself included. @param {SceneNode} node */
  pathThrough(node) {
    const nodes = new Set([node]);
    /** @type {Set<SceneEdge>} */
    const edges = new Set();
    const walk = (/** @type {'into' | 'out'} */ side, /** @type {'from' | 'to'} */ end) => {
      const queue = [node];
      for (let next = queue.pop(); next; next = queue.pop()) {
        for (const edge of next[side]) {
          if (edges.has(edge)) continue;
          edges.add(edge);
          nodes.add(edge[end]);
          queue.push(edge[end]);
        }
      }
    };
    walk('into', 'from');
    walk('out', 'to');
    return { nodes, edges };
  }

  /** Lets scope boxes glide to where they should be. @param {number} share of the way left @returns {boolean} whether any still moves */
  glide(share) {
    let moving = false;
    for (const { box, goal } of this.scopes.values()) {
      for (const side of SIDES) {
        const left = goal[side] - box[side];
        if (Math.abs(left) < 0.3) box[side] = goal[side];
        else {
          box[side] += left * share;
          moving = true;
        }
      }
    }
    return moving;
  }

  // ---------------------------------------------------------------------------------------------- building

  /** @param {OpRecord} op */
  #take(op) {
    const entry = this.book.entryOfOp.get(op.id);
    if (!entry?.item) return; // the update phase is not drawn
    const node = entry.item.fold === null ? this.#opNode(op, entry.item) : this.#foldNode(op, entry.item);
    this.nodeOfOp.set(op.id, node);
    for (const id of op.outputs) if (!this.nodeOfTensor.has(id)) this.nodeOfTensor.set(id, node);
    const leaves = this.book.leavesOfOp.get(op.id) ?? [];
    if (node.kind === 'op') this.#leafNodes(op, node, leaves);
    else for (const { id } of leaves) if (!this.nodeOfTensor.has(id)) this.nodeOfTensor.set(id, node);
    this.#connect(op, node, new Map(this.chipsOfOp.get(op.id)?.map((chip) => [chip.id, chip])));
  }

  /** @param {OpRecord} op @param {Item} item */
  #opNode(op, item) {
    const tensor = this.trace.tensor(op.outputs[0]) ?? null;
    const strip = tensor?.requiresGrad ? NODE.strip : 0;
    const height = NODE.height - NODE.strip + strip;
    return this.#add({
      id: op.id,
      kind: 'op',
      label: op.name,
      detail: (op.phase === 'forward' && this.trace.variable(op)) || '',
      op,
      tensor,
      strip,
      item,
      at: op.at,
      ...placeOf(this.book, item),
      height,
    });
  }

  /** @param {OpRecord} op @param {Item} item */
  #foldNode(op, item) {
    let node = this.nodeOfFold.get(item);
    const tensor = this.trace.tensor(op.outputs[0]) ?? null;
    if (!node) {
      const depth = this.book.pathOf(op.scope).indexOf(/** @type {string} */ (item.fold));
      const scope = this.trace.scopePath(op.scope)[depth];
      const place = placeOf(this.book, item);
      node = this.#add({
        id: `${op.id}/fold`,
        kind: 'fold',
        label: titleOf({ ...scope, cls: null }),
        detail: scope.cls ?? '',
        op,
        tensor,
        strip: NODE.strip,
        item,
        at: op.at,
        ...place,
      });
      this.nodeOfFold.set(item, node);
    }
    node.tensor = tensor;
    node.op = op;
    node.members.push(op);
    return node;
  }

  /** @param {OpRecord} op @param {SceneNode} node @param {TensorRecord[]} leaves */
  #leafNodes(op, node, leaves) {
    const heights = leaves.map((leaf) => LEAF.height - (leaf.requiresGrad ? 0 : LEAF.strip));
    const total = heights.reduce((sum, height) => sum + height + LEAF.gap, -LEAF.gap);
    let y = node.y + node.height / 2 - total / 2;
    leaves.forEach((tensor, i) => {
      const x = node.x - LEAF_DISTANCE - LEAF.width;
      const strip = tensor.requiresGrad ? LEAF.strip : 0;
      const label = this.#leafLabel(tensor, op);
      const leaf = this.#add({
        id: tensor.id,
        kind: 'leaf',
        label,
        op: null,
        tensor,
        strip,
        item: null,
        at: op.at,
        x,
        y,
        width: LEAF.width,
        height: heights[i],
        echo: this.nodeOfTensor.has(tensor.id),
      });
      if (leaf.echo) this.echoes.set(tensor.id, [...(this.echoes.get(tensor.id) ?? []), leaf]);
      else this.nodeOfTensor.set(tensor.id, leaf);
      this.chipsOfOp.set(op.id, [...(this.chipsOfOp.get(op.id) ?? []), leaf]);
      y += heights[i] + LEAF.gap;
    });
  }

  /** Every node that shows a tensor's own numbers. @param {string} id @returns {SceneNode[]} */
  #showing(id) {
    const first = this.nodeOfTensor.get(id);
    const echoes = this.echoes.get(id) ?? [];
    return first?.tensor?.id === id ? [first, ...echoes] : echoes;
  }

  /** Its name as the scope around it calls it; the variable it was given to on an earlier page; else what it is. @param {TensorRecord} tensor @param {OpRecord} reader */
  #leafLabel(tensor, reader) {
    const maker = tensor.madeBy === null ? undefined : this.trace.op(tensor.madeBy);
    const name = tensor.name ?? (maker && this.trace.variable(maker));
    if (!name) return maker ? `from pass ${maker.pass}` : tensor.kind;
    const scope = this.trace.scopePath(reader.scope).map((one) => one.name);
    const prefix = `${scope.join('.')}.`;
    return name.startsWith(prefix) ? name.slice(prefix.length) : name;
  }

  /** @param {OpRecord} op @param {SceneNode} node @param {Map<string, SceneNode>} beside the leaves next to the op, by tensor */
  #connect(op, node, beside) {
    const sources = op.inputs.map((operand) => beside.get(operand.tensor ?? '') ?? this.#source(operand, op));
    const above = sources.filter(
      (source, i) => source && source !== node && !beside.has(op.inputs[i].tensor ?? ''),
    );
    const spread = Math.min(30, (NODE.width - 36) / Math.max(1, above.length - 1));
    let port = -(above.length - 1) / 2;
    // Ports in the order in which edges come, so that they do not cross; from further up they come by the right.
    const order = sources.map((source, i) => ({ source, i })).filter(({ source }) => source);
    const top = this.#rows(node).first;
    const approach = (/** @type {{source: SceneNode | undefined}} */ { source }) =>
      source
        ? centre(source) + (source.kind !== 'leaf' && this.#rows(source).after < top ? COLUMN / 2 : 0)
        : 0;
    order.sort((a, b) => approach(a) - approach(b));
    for (const { source, i } of order) {
      if (!source || source === node) continue;
      const middle = { x: node.x + node.width / 2, y: node.y, row: this.#rows(node).first };
      const near = source.kind === 'leaf' && beside.has(op.inputs[i].tensor ?? '');
      const points = near
        ? this.router.across(
            { x: source.x + source.width, y: source.y + source.height / 2 },
            { x: node.x, y: landing(node, source) },
          )
        : this.#way(source, { ...middle, x: middle.x + port++ * spread });
      this.#addEdge(source, node, op, i, points);
    }
  }

  /** @param {SceneNode} source @param {{x: number, y: number, row: number}} to */
  #way(source, to) {
    if (source.kind === 'leaf')
      return this.router.aside({ x: source.x, y: source.y + source.height / 2 }, to);
    return this.router.down({ x: centre(source), y: bottomOf(source), row: this.#rows(source).after }, to);
  }

  /** The grid rows of a node's item: its first, and the first after it. @param {SceneNode} node */
  #rows({ item, y }) {
    if (!item) return { first: Math.floor(y / ROW), after: Math.floor(y / ROW) + 1 };
    const first = this.book.grid.row[item.index];
    return { first, after: first + this.book.grid.height[item.index] };
  }

  /** @param {import('../protocol/wire').Operand} operand @param {OpRecord} op */
  #source(operand, op) {
    if (!operand.tensor) return undefined;
    const writer = this.trace.writerOf(operand);
    const node = writer === null || writer === op.id ? undefined : this.nodeOfOp.get(writer);
    return node ?? this.nodeOfTensor.get(operand.tensor);
  }

  /** @param {SceneNode} from @param {SceneNode} to @param {OpRecord | null} op @param {number} input @param {number[]} points */
  #addEdge(from, to, op, input, points) {
    // Into a folded scope, many reads of one thing are one edge.
    const twin = to.kind === 'fold' && op ? to.into.find((edge) => edge.from === from) : undefined;
    if (twin && op) {
      this.edgeOfInput.set(`${op.id}:${input}`, twin);
      return twin;
    }
    const bounds = emptyBounds();
    let length = 0;
    for (let i = 0; i < points.length; i += 2) {
      extend(bounds, points[i], points[i + 1], points[i], points[i + 1]);
      if (i) length += Math.hypot(points[i] - points[i - 2], points[i + 1] - points[i - 1]);
    }
    /** @type {SceneEdge} */
    const edge = {
      from,
      to,
      op,
      input,
      points: new Float32Array(points),
      length,
      bounds,
      at: op?.at ?? to.at,
      born: false,
      birth: ALWAYS,
      lit: false,
      pulse: ALWAYS,
    };
    this.edges.push(edge);
    from.out.push(edge);
    to.into.push(edge);
    if (op) this.edgeOfInput.set(`${op.id}:${input}`, edge);
    return edge;
  }

  /** The op that could not run stands where it would have stood. */
  #takeFailure() {
    const { error } = this.trace;
    if (this.failed || !error?.op || this.trace.passes.at(-1) !== this.page) return;
    const { op } = error;
    const sources = op.inputs.map((operand) =>
      operand.tensor ? this.#source(operand, /** @type {any} */ ({ id: '' })) : undefined,
    );
    const lowest =
      sources.filter((source) => source !== undefined).sort((a, b) => b.y - a.y)[0] ?? this.nodes.at(-1);
    const x = lowest
      ? centre(lowest.kind === 'leaf' ? (lowest.out[0]?.to ?? lowest) : lowest) - NODE.width / 2
      : COLUMN / 2;
    const y = this.nodes.reduce((bottom, node) => Math.max(bottom, node.y + node.height), -ROW) + ROW;
    this.failed = this.#add({
      id: 'failed',
      kind: 'failed',
      label: op.name,
      op: null,
      tensor: null,
      strip: 0,
      item: null,
      at: error.at,
      x,
      y,
      width: NODE.width,
      height: NODE.height,
      failed: op,
    });
    for (const [i, source] of sources.entries()) {
      if (!source) continue;
      const port = centre(this.failed) + (i - (sources.length - 1) / 2) * 30;
      this.#addEdge(source, this.failed, null, i, this.#way(source, { x: port, y, row: Infinity }));
    }
  }

  /** @param {Placed & Partial<SceneNode>} fields */
  #add(fields) {
    const node = nodeOf(fields);
    this.nodes.push(node);
    return node;
  }

  // ---------------------------------------------------------------------------------------------- state

  /** @param {Event} event @param {number} at @param {number} now */
  #happen(event, at, now) {
    if (event.type === 'op' || event.type === 'again') {
      const op = this.trace.op(`${event.pass}.${event.index}`);
      if (op) this.#opRan(op, now);
    } else if (event.type === 'vjp') {
      const op = this.trace.op(event.op);
      const node = op && this.nodeOfOp.get(op.id);
      if (!op || !node) return;
      this.#setGrad(node, event.upstream[0] ?? null, now);
      for (const { input } of event.contributions) {
        const edge = this.edgeOfInput.get(`${op.id}:${input}`);
        if (edge) [edge.lit, edge.pulse] = [true, now];
      }
      this.newest = node;
      this.#busy(now + 1000);
    } else if (event.type === 'grad') {
      for (const node of this.#showing(event.tensor)) this.#setGrad(node, event.value, now + 250);
      this.#busy(now + 1250);
    } else if (event.type === 'branch') {
      this.#decided(event, now);
    } else if (event.type === 'clear') {
      for (const id of event.tensors) {
        for (const node of this.#showing(id)) node.grad = null;
      }
    } else if (event.type === 'error' && this.failed?.at === at) {
      this.#bear(this.failed, now);
      for (const edge of this.failed.into) [edge.born, edge.birth] = [true, now];
      this.newest = this.failed;
    }
  }

  /** A plain read (`.item()`) decides nothing, so it is not drawn. @param {Extract<Event, {type: 'branch'}>} event @param {number} now */
  #decided({ kind, taken, tensor }, now) {
    const node = tensor ? this.nodeOfTensor.get(tensor) : undefined;
    if (!node || kind === 'read' || typeof taken !== 'boolean') return;
    node.branches.push({ birth: now, text: `${kind} → ${taken ? 'True' : 'False'}` });
    this.#busy(now + 500);
  }

  /** @param {OpRecord} op @param {number} now */
  #opRan(op, now) {
    if (op.phase === 'update') {
      for (const id of op.outputs) {
        for (const node of this.#showing(id)) {
          node.value = valueAt(this.trace, id, op.at + 1);
          node.flash = now;
        }
      }
      this.#busy(now + 900);
      return;
    }
    const node = this.nodeOfOp.get(op.id);
    if (!node) return;
    for (const chip of this.chipsOfOp.get(op.id) ?? []) {
      if (chip.born) continue;
      chip.value = valueAt(this.trace, chip.id, op.at + 1);
      chip.grad = gradAt(this.trace, chip.id, op.at + 1);
      this.#bear(chip, now);
    }
    op.inputs.forEach((_, input) => {
      const edge = this.edgeOfInput.get(`${op.id}:${input}`);
      if (edge && !edge.born) [edge.born, edge.birth] = [true, now + STAGGER];
    });
    node.value = node.tensor && valueAt(this.trace, node.tensor.id, op.at + 1);
    if (!node.born) this.#bear(node, now + 2 * STAGGER);
    for (const id of op.outputs) {
      for (const written of this.#showing(id)) {
        if (written === node) continue;
        written.value = valueAt(this.trace, id, op.at + 1);
        written.flash = now;
      }
    }
    this.#growScopes(op, node, now);
    this.newest = node;
    this.#busy(now + 800);
  }

  /** @param {SceneNode} node @param {Value | null} grad @param {number} now */
  #setGrad(node, grad, now) {
    node.grad = grad;
    node.gradBirth = grad ? now : ALWAYS;
  }

  /** @param {SceneNode} node @param {number} now */
  #bear(node, now) {
    node.born = true;
    node.birth = now;
    extend(this.extent, node.x, node.y, node.x + node.width, node.y + node.height);
  }

  /** @param {number} until ms */
  #busy(until) {
    this.busyUntil = Math.max(this.busyUntil, until);
  }

  /** The whole state at position `t`, without motion. @param {number} t */
  #jump(t) {
    this.extent = emptyBounds();
    this.newest = null;
    for (const scope of this.scopes.values()) scope.count = 0;
    for (const node of this.nodes) {
      node.branches.length = 0;
      node.born = node.at < t;
      if (!node.born) continue;
      this.#bear(node, ALWAYS);
      node.flash = ALWAYS;
      node.value = node.tensor && valueAt(this.trace, node.tensor.id, t);
      node.grad = node.tensor && gradAt(this.trace, node.tensor.id, t);
      node.gradBirth = ALWAYS;
      if (node.kind !== 'leaf') this.newest = node;
    }
    for (const edge of this.edges) {
      edge.born = edge.at < t;
      edge.birth = edge.pulse = ALWAYS;
      const vjp = edge.op?.vjps.find((record) => record.at < t);
      edge.lit = vjp?.contributions.some(({ input }) => input === edge.input) ?? false;
    }
    for (const op of this.page.ops) {
      const node = this.nodeOfOp.get(op.id);
      if (op.at < t && node) this.#growScopes(op, node, ALWAYS);
    }
    for (const scope of this.scopes.values()) Object.assign(scope.box, scope.goal);
    for (const branch of this.page.branches) if (branch.at < t) this.#decided(branch, ALWAYS);
    const event = this.trace.events[t - 1];
    if (event?.type === 'vjp') this.newest = this.nodeOfOp.get(event.op) ?? this.newest;
  }

  /** @param {OpRecord} op @param {SceneNode} node @param {number} now */
  #growScopes(op, node, now) {
    const path = this.book.pathOf(op.scope);
    const open = node.item?.fold ? path.indexOf(node.item.fold) : path.length;
    const chips = this.chipsOfOp.get(op.id);
    const left = chips ? node.x - LEAF_DISTANCE - LEAF.width : node.x;
    const top = node.item ? this.book.grid.row[node.item.index] * ROW : node.y;
    const stack = chips?.map((chip) => chip.y) ?? [];
    const bottoms = chips?.map(bottomOf) ?? [];
    for (let depth = open; depth >= 1; depth--) {
      const margin = outset(depth);
      const scope = this.#scope(path[depth - 1], op, depth, now);
      const fresh = scope.count++ === 0;
      if (fresh) scope.goal = emptyBounds();
      // Each level between this box and the node has a title row of its own.
      const titles = (open - depth + 1) * ROW;
      extend(
        scope.goal,
        left - margin,
        Math.min(top, ...stack.map((y) => y - NODE_TOP)) - titles + 3,
        node.x + node.width + margin,
        Math.max(bottomOf(node), ...bottoms) + Math.max(3, margin - 5),
      );
      if (!fresh) continue;
      scope.birth = now;
      Object.assign(scope.box, scope.goal);
    }
  }

  /** @param {string} key @param {OpRecord} op @param {number} depth @param {number} now */
  #scope(key, op, depth, now) {
    let scope = this.scopes.get(key);
    if (!scope) {
      const record = this.trace.scopePath(op.scope)[depth - 1];
      scope = {
        key,
        name: titleOf(record),
        detail: record.detail ?? '',
        depth,
        birth: now,
        count: 0,
        box: emptyBounds(),
        goal: emptyBounds(),
      };
      this.scopes.set(key, scope);
    }
    return scope;
  }
}

/** @type {(keyof Bounds)[]} */
const SIDES = ['left', 'top', 'right', 'bottom'];
