// @ts-check
/**
 * The draw list: what of a scene is in view, as records that every renderer draws alike. Made anew when the scene's
 * state or the cut changes; motion within it (growing, pulses, fading) is `now` against the moments in the records.
 */
import { ROW } from '../layout/measure.js';
import { ALARM_SIGNS, FLAG, hotLookOf, lookOf } from './looks.js';
import { INK } from './theme.js';
import { ALWAYS } from './things.js';
import { gradLevel, gradText, isBad, isShownByNorm, shapeText, valueText } from './wording.js';

/** @import {Scene} from './scene.js' */
/** @import {SceneEdge, SceneNode, SceneScope} from './things.js' */
/** @import {Bounds} from './camera.js' */
/** @import {Look} from './looks.js' */
/** @import {Face} from './text.js' */
/** @import {Colour} from './theme.js' */

/** Floats per box, per piece of an edge. */
export const BOX_FLOATS = 16;
export const PIECE_FLOATS = 12;

/** Below this zoom nothing in a node can be read: boxes are dots, edges lines. */
export const FAR = 0.42;
/** Between this zoom and that, an op shows its name alone, this large on the screen, px. */
const NAMES_FROM = 0.24;
const NAME_SIZE = 10;
/** More edges than this are straight lines when far. */
const MANY_EDGES = 1500;
/** A scope whose box is lower than this on the screen is drawn as one card, px. */
const CARD_BELOW = 44;
/** How much larger than the view the cut is, as a part of it on each side. */
const SLACK = 0.35;
/** A leaf that stands here again is fainter than where it stood first. */
const ECHO = 0.8;
/** Characters on an op's line of numbers. */
const MOST_VALUE = 18;
/** What is not on the selected path stays faintly visible. */
const DIMMED = 0.28;

/**
 * @typedef {object} Label
 * @property {string} text
 * @property {Face} face
 * @property {number} size world px
 * @property {number} x world: left edge, middle or right edge
 * @property {number} y world: baseline
 * @property {0 | 0.5 | 1} align
 * @property {number} room world px it may take
 * @property {number} ink
 * @property {number} birth ms
 * @property {number} alpha
 */

/**
 * @typedef {object} Focus what the reader looks at
 * @property {SceneNode | null} selected
 * @property {SceneNode | null} hovered
 * @property {{nodes: Set<SceneNode>, edges: Set<SceneEdge>} | null} path through the selected node
 * @property {Set<string> | null} lit ids of ops of the highlighted line
 * @property {Map<string, 'added' | 'changed'>} marks by op id, against the page before
 * @property {Map<string, 'error' | 'warning'>} [alarms] by op or leaf
 * @property {boolean} [heat] colour nodes by their gradients
 */

/** Floats that grow. */
class Records {
  constructor() {
    this.data = new Float32Array(4096);
    this.length = 0;
  }

  /** @param {number[]} values */
  push(values) {
    if (this.length + values.length > this.data.length) {
      const larger = new Float32Array(this.data.length * 2);
      larger.set(this.data);
      this.data = larger;
    }
    for (let i = 0; i < values.length; i++) this.data[this.length + i] = values[i];
    this.length += values.length;
  }
}

export class Picture {
  constructor() {
    this.scopes = new Records();
    this.edges = new Records();
    this.boxes = new Records();
    /** @type {Label[]} */ this.labels = [];
    /** Grows with every making, so that renderers know when to upload. */
    this.version = 0;
    this.far = false;
    /** Edges are straight lines. */ this.straight = false;
    /** @type {Bounds} */ this.cut = { left: 0, top: 0, right: 0, bottom: 0 };
    this.zoom = 1;
  }

  /** Nothing to see. */
  empty() {
    this.version++;
    this.scopes.length = this.edges.length = this.boxes.length = this.labels.length = 0;
  }

  /** Whether the picture still covers the view. @param {Bounds} view @param {number} zoom */
  covers(view, zoom) {
    const { cut } = this;
    const within =
      view.left >= cut.left && view.right <= cut.right && view.top >= cut.top && view.bottom <= cut.bottom;
    const ratio = zoom / this.zoom;
    return within && ratio > 0.8 && ratio < 1.25 && zoom < FAR === this.far;
  }

  /**
   * @param {Scene} scene @param {SceneNode[]} ghosts @param {Focus} focus @param {Bounds} view @param {number} zoom
   * @param {number} now ms
   */
  make(scene, ghosts, focus, view, zoom, now) {
    this.version++;
    this.scopes.length = this.edges.length = this.boxes.length = this.labels.length = 0;
    this.zoom = zoom;
    this.far = zoom < FAR;
    this.straight = this.far && scene.edges.length > MANY_EDGES;
    const [dx, dy] = [(view.right - view.left) * SLACK, (view.bottom - view.top) * SLACK];
    this.cut = { left: view.left - dx, right: view.right + dx, top: view.top - dy, bottom: view.bottom + dy };
    const cards = this.#scopes(scene, zoom);
    for (const edge of scene.edges) if (edge.born && meets(edge.bounds, this.cut)) this.#edge(edge, focus);
    for (const ghost of ghosts) if (this.#sees(ghost)) this.#ghost(ghost);
    for (const node of scene.nodes) {
      if (!node.born || !this.#sees(node)) continue;
      if (
        cards.size &&
        scene.book.pathOf(node.op?.scope ?? node.out[0]?.to.op?.scope ?? null).some((key) => cards.has(key))
      )
        continue;
      const faded = focus.path && !focus.path.nodes.has(node);
      this.#node(node, focus, faded ? DIMMED : 1, now);
    }
    for (const card of cards.values()) this.#card(card, scene, zoom);
  }

  /** @param {SceneNode} node */
  #sees({ x, y, width, height }) {
    return meets({ left: x, top: y, right: x + width, bottom: y + height }, this.cut);
  }

  // ---------------------------------------------------------------------------------------------- scopes

  /** Draws the open scopes and returns those too small for it. @param {Scene} scene @param {number} zoom */
  #scopes(scene, zoom) {
    /** @type {Map<string, SceneScope>} */
    const cards = new Map();
    const sorted = [...scene.scopes.values()]
      .filter((scope) => scope.count)
      .sort((a, b) => a.depth - b.depth);
    for (const scope of sorted) {
      const { box, key } = scope;
      if (!meets(box, this.cut)) continue;
      if ([...cards.keys()].some((outer) => key.startsWith(`${outer}/`))) continue;
      if (this.far && (box.bottom - box.top) * zoom < CARD_BELOW) {
        cards.set(key, scope);
        continue;
      }
      const flags = FLAG.still;
      const size = [box.left, box.top, box.right - box.left, box.bottom - box.top];
      this.scopes.push([
        ...size,
        scope.birth,
        ALWAYS,
        -1,
        1e6,
        INK.scope,
        INK.scopeLine,
        0,
        0,
        12,
        1,
        1,
        flags,
      ]);
      this.#scopeTitle(scope, zoom);
    }
    return cards;
  }

  /** @param {SceneScope} scope @param {number} zoom */
  #scopeTitle({ box, name, detail, birth }, zoom) {
    // Far away the title keeps a readable size, as long as its bar has room for it.
    const size = Math.max(12, Math.min(12 / zoom, ROW * 0.9));
    const room = box.right - box.left - 24;
    const y = box.top + ROW * 0.5 + size * 0.34 + 1;
    const base = { y, align: /** @type {0} */ (0), birth, size, alpha: 1 };
    // Edges that come in by the title pass behind it.
    const width = Math.min(room, (name.length + 2) * size * 0.5) + 10;
    const ground = [box.left + 8, y - size * 0.82, width, size * 1.08, birth, ALWAYS, -2, 1e6];
    this.boxes.push([...ground, INK.scope, INK.scope, INK.scope, INK.scope, 4, 1, 0.92, FLAG.still]);
    this.labels.push({ ...base, text: `▾ ${name}`, face: 'bold', x: box.left + 12, room, ink: INK.dim });
    if (this.far || !detail) return;
    const left = name.length * size * 0.62 + 36;
    if (room - left > 220) {
      const note = { ...base, size: 10.5, text: detail, alpha: 0.75 };
      this.labels.push({
        ...note,
        face: 'mono',
        align: 1,
        x: box.right - 12,
        room: room - left,
        ink: INK.dim,
      });
    }
  }

  /** A scope that is too small to look into. @param {SceneScope} scope @param {Scene} scene @param {number} zoom */
  #card({ box, name, birth, key, count }, scene, zoom) {
    let lit = 0;
    for (const node of scene.nodes) {
      if (node.grad && node.op && scene.book.pathOf(node.op.scope).includes(key)) lit++;
    }
    const width = box.right - box.left;
    const height = box.bottom - box.top;
    const level = lit ? Math.max(0.02, lit / count) : -1;
    const ink = lit ? INK.gradFill : INK.raised;
    const line = lit ? INK.grad : INK.opLine;
    const look = [ink, line, INK.grad, INK.op, 12, 1.4 / zoom, 1, FLAG.still];
    this.boxes.push([box.left, box.top, width, height, birth, ALWAYS, level, 1e6, ...look]);
    const size = Math.min(13 / zoom, height * 0.5);
    if (size * zoom < 7) return;
    const middle = {
      x: box.left + width / 2,
      align: /** @type {0.5} */ (0.5),
      birth,
      alpha: 1,
      room: width * 0.9,
    };
    const two = height * zoom > 44;
    const y = box.top + height / 2 + size * (two ? -0.1 : 0.35);
    this.labels.push({ ...middle, text: name, face: 'bold', size, y, ink: INK.text });
    if (!two) return;
    const text = `${count} ${count === 1 ? 'op' : 'ops'}`;
    this.labels.push({ ...middle, text, face: 'ui', size: size * 0.85, y: y + size * 1.25, ink: INK.dim });
  }

  // ---------------------------------------------------------------------------------------------- edges

  /** @param {SceneEdge} edge @param {Focus} focus */
  #edge(edge, focus) {
    const { points, length, birth, pulse } = edge;
    const onPath = focus.path?.edges.has(edge);
    const ink = edge.lit ? INK.edgeGrad : onPath ? INK.accent : INK.edge;
    const alpha = focus.path && !onPath ? DIMMED * 0.7 : edge.lit ? 0.8 : 1;
    const last = points.length - 2;
    if (this.straight) {
      this.edges.push([
        points[0],
        points[1],
        points[last],
        points[last + 1],
        0,
        length,
        length,
        0,
        birth,
        pulse,
        ink,
        alpha,
      ]);
      return;
    }
    let s = 0;
    for (let i = 2; i <= last; i += 2) {
      const [x0, y0, x1, y1] = [points[i - 2], points[i - 1], points[i], points[i + 1]];
      const next = s + Math.hypot(x1 - x0, y1 - y0);
      this.edges.push([x0, y0, x1, y1, s, next, length, 0, birth, pulse, ink, alpha]);
      s = next;
    }
    const [x0, y0, x1, y1] = [points[last - 2], points[last - 1], points[last], points[last + 1]];
    this.edges.push([x0, y0, x1, y1, s - 1, s, length, 1, birth, pulse, ink, alpha]);
  }

  // ---------------------------------------------------------------------------------------------- nodes

  /** @param {SceneNode} node @param {Focus} focus @param {number} alpha @param {number} now */
  #node(node, focus, alpha, now) {
    if (node.slide) node = slid(node, now);
    const look = focus.heat ? hotLookOf(node) : lookOf(node);
    let { line, width, flags } = look;
    let accent = look.accent;
    const mark = node.kind === 'leaf' || !node.op ? undefined : focus.marks.get(node.op.id);
    if (mark) [line, width] = [mark === 'added' ? 'added' : 'warn', 2];
    const alarm = focus.alarms?.get(node.kind === 'leaf' ? node.id : (node.op?.id ?? ''));
    if (alarm) [line, width] = [ALARM_SIGNS[alarm].ink, 2];
    if (same(node, focus.hovered)) [line, width] = ['accent', Math.max(width, 1.8)];
    if (node.op && focus.lit?.has(node.op.id)) [flags, accent] = [flags | FLAG.halo, 'warn'];
    if (now - node.flash < 900) [flags, accent] = [flags | FLAG.halo, 'param'];
    if (same(node, focus.selected)) [flags, accent, line, width] = [flags | FLAG.halo, 'accent', 'accent', 2];
    if (node.echo) alpha *= ECHO;
    if (node.kind === 'fold') this.#sheet(node, look, alpha);
    const level = node.strip ? (node.grad ? gradLevel(node.grad) : -1) : -2;
    const split = node.strip ? node.height - node.strip : 1e6;
    const far = this.far ? INK[look.far] : INK[accent];
    const ink = [INK[look.fill], INK[line], INK.grad, far];
    const shape = [look.radius, width, alpha, flags | (node.birth === ALWAYS ? FLAG.still : 0)];
    this.boxes.push([
      node.x,
      node.y,
      node.width,
      node.height,
      node.birth,
      node.gradBirth,
      level,
      split,
      ...ink,
      ...shape,
    ]);
    if (alarm) this.#sign(node, ALARM_SIGNS[alarm], node.x - 7, alpha);
    if (this.far) return this.#farLabel(node, look, alpha);
    if (node.kind === 'leaf') this.#leafLabels(node, look, alpha);
    else this.#opLabels(node, look, alpha);
    if (mark) this.#badge(node, mark, alpha);
    this.#branches(node, alpha);
  }

  /** What Python decided on a node's value hangs below it, in the gap between rows. @param {SceneNode} node @param {number} alpha */
  #branches({ x, y, width, height, branches }, alpha) {
    const counts = new Map();
    for (const { text } of branches) counts.set(text, (counts.get(text) ?? 0) + 1);
    let right = x + width;
    for (const [text, count] of counts) {
      const shown = count > 1 ? `${text} ×${count}` : text;
      const { birth } = /** @type {{birth: number}} */ (branches.findLast((branch) => branch.text === text));
      const size = { width: shown.length * 6.1 + 14, height: 17 };
      const place = [right - size.width, y + height + 5, size.width, size.height];
      const ink = [INK.lit, INK.warn, INK.grad, INK.warn];
      this.boxes.push([...place, birth, ALWAYS, -2, 1e6, ...ink, 8.5, 1, alpha, 0]);
      const at = {
        x: right - size.width / 2,
        y: y + height + 17.2,
        align: /** @type {0.5} */ (0.5),
        room: size.width,
      };
      this.labels.push({ ...at, text: shown, face: 'mono', size: 10, ink: INK.warn, birth, alpha });
      right -= size.width + 4;
    }
  }

  /** From further away an op is still called by its name. @param {SceneNode} node @param {Look} look @param {number} alpha */
  #farLabel({ kind, label, x, y, width, height, birth }, look, alpha) {
    if (kind === 'leaf' || this.zoom < NAMES_FROM) return;
    const size = NAME_SIZE / this.zoom;
    const middle = { x: x + width / 2, y: y + height / 2 + size * 0.34, align: /** @type {0.5} */ (0.5) };
    this.labels.push({
      ...middle,
      text: label,
      face: 'bold',
      size,
      room: width - 10,
      ink: INK[look.text],
      birth,
      alpha,
    });
  }

  /** A folded scope is a pile: a second sheet looks out behind it. @param {SceneNode} node @param {Look} look @param {number} alpha */
  #sheet({ x, y, width, height, birth }, look, alpha) {
    const ink = [INK[look.fill], INK[look.line], INK.grad, INK[look.line]];
    this.boxes.push([
      x + 5,
      y - 5,
      width,
      height,
      birth,
      ALWAYS,
      -2,
      1e6,
      ...ink,
      look.radius,
      1,
      alpha * 0.8,
      0,
    ]);
  }

  /** @param {SceneNode} node @param {Look} look @param {number} alpha */
  #opLabels(node, look, alpha) {
    const { x, y, width, tensor, birth } = node;
    const base = { birth, alpha, align: /** @type {0} */ (0), x: x + 12 };
    const shape = node.kind === 'fold' ? '' : tensor ? shapeText(tensor.shape) : '';
    // The name comes first; then the shape gets what is left.
    const title = node.kind === 'fold' ? `▸ ${node.label}` : node.label;
    const beside = shape ? Math.min(34, shape.length * 6.4) + 6 : 0;
    const room = width - 23 - beside;
    const size = Math.max(10.5, Math.min(13, (13 * room) / (title.length * 7.1)));
    const taken = Math.min(room, title.length * size * 0.56);
    this.labels.push({ ...base, text: title, face: 'bold', size, y: y + 19.5, room, ink: INK[look.text] });
    if (shape) {
      const right = { ...base, align: /** @type {1} */ (1), x: x + width - 11, room: width - 29 - taken };
      const small = shape.length * 6.4 > right.room ? 9 : 10.5;
      this.labels.push({ ...right, text: shape, face: 'mono', size: small, y: y + 19, ink: INK.dim });
    }
    if (node.kind === 'fold') {
      const count = `${node.members.length} ${node.members.length === 1 ? 'op' : 'ops'}`;
      const text = node.detail ? `${node.detail} · ${count}` : count;
      this.labels.push({ ...base, text, face: 'ui', size: 11, y: y + 36, room: width - 22, ink: INK.dim });
    } else if (node.kind === 'failed' && node.failed) {
      const text = node.failed.shapes.map((s) => (s ? `(${s.join(', ')})` : '·')).join('  ');
      this.labels.push({ ...base, text, face: 'mono', size: 11, y: y + 42, room: width - 20, ink: INK.bad });
    } else if (tensor) {
      const value = valueText(node.value, tensor);
      const sign = tensor.shape.length ? '~' : '=';
      const named = `${node.detail} ${sign} ${value}`;
      const text = node.detail && value && named.length <= MOST_VALUE ? named : value;
      const ink = isBad(node.value) ? INK.bad : INK.text;
      this.labels.push({ ...base, text, face: 'mono', size: 11.5, y: y + 36.5, room: width - 22, ink });
    }
    this.#gradLabel(node, 11, 12, alpha);
  }

  /** @param {SceneNode} node @param {Look} look @param {number} alpha */
  #leafLabels(node, look, alpha) {
    const { x, y, width, height, strip, tensor, birth } = node;
    if (!tensor) return;
    const scalar = tensor.shape.length === 0;
    const aside = scalar ? valueText(node.value, tensor) : shapeText(tensor.shape);
    const line = y + (height - strip) / 2 + 4;
    const base = { birth, alpha, y: line };
    const taken = Math.min(60, aside.length * 6.6);
    const left = { ...base, align: /** @type {0} */ (0), x: x + 11, room: width - 28 - taken };
    this.labels.push({
      ...left,
      text: node.echo ? `↻ ${node.label}` : node.label,
      face: 'bold',
      size: 11.5,
      ink: INK[look.text],
    });
    const right = { ...base, align: /** @type {1} */ (1), x: x + width - 10, room: 62 };
    const ink = isBad(node.value) ? INK.bad : scalar ? INK.text : INK.dim;
    this.labels.push({ ...right, text: aside, face: 'mono', size: 10.5, ink });
    this.#gradLabel(node, 10, 11, alpha);
  }

  /** @param {SceneNode} node @param {number} size @param {number} inset @param {number} alpha */
  #gradLabel(node, size, inset, alpha) {
    if (!node.strip) return;
    const text = gradText(node.grad);
    const y = node.y + node.height - node.strip / 2 + size * 0.3 - (node.grad ? 1.4 : 0);
    const ink = node.grad ? (isBad(node.grad) ? INK.bad : INK.grad) : INK.dim;
    const birth = node.grad ? node.gradBirth : node.birth;
    const common = { face: /** @type {Face} */ ('mono'), size, y, ink, birth };
    const left = {
      align: /** @type {0} */ (0),
      x: node.x + inset,
      room: 20,
      alpha: alpha * (node.grad ? 0.75 : 0.6),
    };
    const sign = isShownByNorm(node.grad) ? '‖∂‖' : '∂';
    this.labels.push({ ...common, ...left, text: sign, room: 30 });
    const x = node.x + inset + size * (sign.length > 1 ? 2.25 : 1.05);
    this.labels.push({ ...common, ...left, text, x, room: node.x + node.width - inset - x, alpha });
  }

  /** A sign at the corner says what the page before did not have. @param {SceneNode} node @param {'added' | 'changed'} mark @param {number} alpha */
  #badge(node, mark, alpha) {
    /** @type {{text: string, ink: Colour}} */
    const sign = mark === 'added' ? { text: '+', ink: 'added' } : { text: '≠', ink: 'warn' };
    this.#sign(node, sign, node.x + node.width - 10, alpha);
  }

  /** @param {SceneNode} node @param {{text: string, ink: Colour}} sign @param {number} x left edge @param {number} alpha */
  #sign(node, { text, ink }, x, alpha) {
    // From far away it keeps the size that can be seen.
    const size = this.far ? Math.min(16 / this.zoom, 44) : 16;
    const y = node.y - size / 2;
    const inks = Array(4).fill(INK[ink]);
    this.boxes.push([x, y, size, size, node.birth, ALWAYS, -2, 1e6, ...inks, size / 2, 1, alpha, 0]);
    const place = { x: x + size / 2, y: y + size * 0.76, align: /** @type {0.5} */ (0.5), room: size };
    const face = /** @type {Face} */ ('bold');
    this.labels.push({ ...place, text, face, size: size * 0.8, ink: INK.raised, birth: node.birth, alpha });
  }

  /** The place of an op that this page does not have. @param {SceneNode} node */
  #ghost({ x, y, width, height, label, detail, birth }) {
    const alpha = detail ? 0.9 : 0.6;
    const flags = FLAG.dashed | FLAG.hollow | FLAG.still;
    this.boxes.push([
      x,
      y,
      width,
      height,
      birth,
      ALWAYS,
      -2,
      1e6,
      INK.bg,
      INK.gone,
      INK.gone,
      INK.line,
      9,
      1.25,
      alpha,
      flags,
    ]);
    if (this.far) return;
    const base = { birth, alpha, align: /** @type {0} */ (0), x: x + 12, room: width - 24, ink: INK.gone };
    this.labels.push({ ...base, text: label, face: 'ui', size: 13, y: y + 19.5 });
    if (detail) this.labels.push({ ...base, text: detail, face: 'ui', size: 11, y: y + 36.5 });
  }
}

/** A sliding node stands for the one it is made from. @param {SceneNode} node @param {SceneNode | null} other */
function same(node, other) {
  return node === other || (other !== null && Object.getPrototypeOf(node) === other);
}

/** How long a node slides to its place after the layout changed, ms. */
export const SLIDE = 320;

/** A node on its way. @param {SceneNode} node @param {number} now @returns {SceneNode} */
function slid(node, now) {
  const { x, y, since } = /** @type {NonNullable<SceneNode['slide']>} */ (node.slide);
  const left = 1 - Math.min(1, Math.max(0, (now - since) / SLIDE));
  const share = left * left * (3 - 2 * left);
  if (!share) node.slide = null;
  return Object.assign(Object.create(node), {
    x: node.x + (x - node.x) * share,
    y: node.y + (y - node.y) * share,
  });
}

/** @param {Bounds} a @param {Bounds} b */
function meets(a, b) {
  return a.left <= b.right && b.left <= a.right && a.top <= b.bottom && b.top <= a.bottom;
}
