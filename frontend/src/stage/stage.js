// @ts-check
/**
 * The stage: draws the page at the clock's position and lets the reader look around in it. It asks for a frame only
 * while something moves.
 */
import { effect, untracked } from '@preact/signals-core';
import { compare } from '../model/compare.js';
import { upperBound } from '../model/trace.js';
import { Shelf } from '../layout/shelf.js';
import { ROW } from '../layout/measure.js';
import { Camera } from './camera.js';
import { CanvasRenderer } from './canvas2d.js';
import { GLRenderer } from './gl.js';
import { Hands } from './hands.js';
import { Picture, SLIDE } from './picture.js';
import { Scene } from './scene.js';
import { readTheme } from './theme.js';

/** @import {Clock} from '../clock/clock.js' */
/** @import {FlipBook} from '../layout/flipbook.js' */
/** @import {Trace} from '../model/trace.js' */
/** @import {Page} from '../protocol/wire' */
/** @import {SceneNode} from './things.js' */
/** @import {Focus} from './picture.js' */

/** After a zoom has rested this long, labels are drawn crisp again, ms. */
const SHARPEN_AFTER = 90;
/** Scope boxes cover most of the way to their size in about three times this, ms. */
const SCOPE_GLIDE = 70;

/** A moment at which all motion is over, ms. */
const SETTLED = 1e9;

export class Stage {
  /**
   * @param {HTMLElement} host is filled with a canvas of its size
   * @param {{trace: Trace, clock: Clock, onSelect?: (id: string | null) => void, onHover?: (id: string | null) => void,
   *   renderer?: 'webgl2' | 'canvas2d'}} options ids are those of ops and tensors
   */
  constructor(host, { trace, clock, onSelect = () => {}, onHover = () => {}, renderer }) {
    this.host = host;
    this.trace = trace;
    this.clock = clock;
    this.onSelect = onSelect;
    this.onHover = onHover;
    this.canvas = document.createElement('canvas');
    this.canvas.style.cssText = 'display:block;width:100%;height:100%;touch-action:none;outline:none';
    host.append(this.canvas);
    this.renderer = makeRenderer(this.canvas, renderer);
    this.camera = new Camera();
    this.picture = new Picture();
    this.shelf = new Shelf(trace);
    /** @type {Scene | null} */ this.scene = null;
    /** @type {SceneNode[]} */ this.ghosts = [];
    /** @type {Focus} */ this.focus = {
      selected: null,
      hovered: null,
      path: null,
      lit: null,
      marks: new Map(),
      alarms: new Map(),
      heat: false,
    };
    /** @type {string | null} */ this.selection = null;
    /** @type {number | null} */ this.line = null;
    this.animate = true;
    this.dirty = true;
    this.frame = 0;
    this.drawn = 0;
    this.zoomed = 0;
    /** What was drawn last by itself: a measure of idleness for tests. */
    this.frames = 0;
    this.ratio = 1;
    /** The first scene is shown where it belongs; the camera glides only after that. */
    this.led = false;
    this.wasBusy = false;
    /** Position from which a fresh scene goes on moving. @type {number | null} */ this.turned = null;
    /** The last comparison of two pages. @type {{of: string, result: import('../model/compare.js').Comparison} | null} */
    this.comparison = null;
    /** Camera of the last frame. */ this.seen = '';
    this.lastK = 0;
    this.setTheme();
    this.hands = new Hands(this.canvas, this);
    this.canvas.addEventListener('webglcontextlost', (event) => event.preventDefault());
    this.canvas.addEventListener('webglcontextrestored', () => {
      this.renderer = makeRenderer(this.canvas, renderer);
      this.setTheme();
    });
    // Labels drawn before their font had arrived are drawn again.
    this.refont = () => this.setTheme();
    document.fonts.addEventListener('loadingdone', this.refont);
    this.observer = new ResizeObserver(() => this.#resize());
    this.observer.observe(host);
    this.#resize();
    this.unwatch = effect(() => {
      void [clock.position.value, clock.length.value, clock.playing.value, clock.speed.value];
      untracked(() => this.wake());
    });
  }

  /** Shows another run. @param {Trace} trace */
  show(trace) {
    this.trace = trace;
    this.shelf = new Shelf(trace);
    this.scene = null;
    this.comparison = null;
    this.led = false;
    this.selection = null;
    this.camera.following = true;
    this.wake();
  }

  /** Highlights an op or a tensor with what it stands on. @param {string | null} id */
  select(id) {
    if (id === this.selection) return;
    this.selection = id;
    this.#refocus();
  }

  /** Brings an op or a tensor into view. @param {string} id */
  reveal(id) {
    const node = this.scene?.node(id);
    if (!node) return;
    this.camera.following = false;
    this.camera.reveal(boundsOf(node));
    this.wake();
  }

  /** Marks the ops that a line of the script ran. @param {number | null} line */
  highlightLine(line) {
    this.line = line;
    this.#refocus();
  }

  /** Hangs alarms on ops and leaves. @param {Map<string, 'error' | 'warning'>} alarms by id */
  alarm(alarms) {
    this.focus.alarms = alarms;
    this.dirty = true;
    this.wake();
  }

  /** Colours nodes by the size of their gradients, or as what they are. @param {boolean} on */
  setHeat(on) {
    this.focus.heat = on;
    this.dirty = true;
    this.wake();
  }

  /** Shows the whole page, and lets the action lead again. */
  fit() {
    this.camera.following = true;
    if (this.scene?.nodes.length) this.camera.fit(pad(this.#whole(this.scene)));
    this.wake();
  }

  /** The page with the places of what it lacks. @param {Scene} scene */
  #whole(scene) {
    const whole = { ...scene.extent };
    for (const { x, y, width, height } of this.ghosts) {
      whole.left = Math.min(whole.left, x);
      whole.top = Math.min(whole.top, y);
      whole.right = Math.max(whole.right, x + width);
      whole.bottom = Math.max(whole.bottom, y + height);
    }
    return whole;
  }

  /** @param {number} factor */
  zoomBy(factor) {
    this.camera.zoomAt(factor, this.camera.width / 2, this.camera.height / 2, true);
    this.wake();
  }

  /** Folds a scope to one box, or opens it. @param {string} key of the scope @param {boolean} folded */
  setFolded(key, folded) {
    const before = this.#placeOfScope(key);
    this.scene?.book.setFolded(key, folded);
    this.camera.following = false;
    this.#stage(performance.now());
    const after = this.#placeOfScope(key);
    // What was clicked stays under the pointer.
    if (before && after)
      this.camera.shift((before.x - after.x) * this.camera.k, (before.y - after.y) * this.camera.k);
    this.wake();
  }

  /** Top left of a scope's box, or of the node it is folded to. @param {string} key */
  #placeOfScope(key) {
    const fold = this.scene?.nodes.find((node) => node.kind === 'fold' && node.item?.fold === key);
    const box = this.scene?.scopes.get(key)?.goal;
    return fold ? { x: fold.x, y: fold.y } : box ? { x: box.left, y: box.top } : null;
  }

  /** Reads the colours and fonts anew. */
  setTheme() {
    this.renderer.setTheme(readTheme(this.host));
    this.dirty = true;
    this.wake();
  }

  /** @param {boolean} reduced */
  setReducedMotion(reduced) {
    this.animate = !reduced;
    this.camera.reducedMotion = reduced;
    this.wake();
  }

  /** The stage as it is shown now. @returns {Promise<Blob | null>} a PNG */
  snapshot() {
    this.#render(performance.now(), true);
    return this.renderer.snapshot();
  }

  destroy() {
    this.unwatch();
    this.observer.disconnect();
    document.fonts.removeEventListener('loadingdone', this.refont);
    this.hands.destroy();
    cancelAnimationFrame(this.frame);
    this.frame = -1;
    this.renderer.destroy();
    this.canvas.remove();
  }

  /** Something may have changed: look again in the next frame. */
  wake() {
    if (this.frame === 0) this.frame = requestAnimationFrame((now) => this.#tick(now));
  }

  // ---------------------------------------------------------------------------------------------- what the hands do

  /** @param {number} dx @param {number} dy */
  panned(dx, dy) {
    this.camera.pan(dx, dy);
    this.wake();
  }

  /** @param {number} factor @param {number} x @param {number} y */
  zoomedAt(factor, x, y) {
    this.camera.zoomAt(factor, x, y);
    this.wake();
  }

  /** @param {number} x @param {number} y */
  clicked(x, y) {
    const world = this.camera.toWorld(x, y);
    const node = this.#pick(world);
    if (node?.item?.fold && onTriangle(node, world)) return this.setFolded(node.item.fold, false);
    if (node) return this.onSelect(idOf(node));
    const scope = this.#scopeTitle(world);
    if (scope) return this.setFolded(scope.key, true);
    this.onSelect(null);
  }

  /** @param {number} x @param {number} y */
  doubleClicked(x, y) {
    const node = this.#pick(this.camera.toWorld(x, y));
    if (node?.kind === 'fold' && node.item?.fold) this.setFolded(node.item.fold, false);
    else this.fit();
  }

  /** @param {{x: number, y: number} | null} point */
  hovered(point) {
    const world = point && this.camera.toWorld(point.x, point.y);
    const node = world && this.#pick(world);
    this.canvas.style.cursor = node || (world && this.#scopeTitle(world)) ? 'pointer' : '';
    if (node === this.focus.hovered) return;
    this.focus.hovered = node;
    this.dirty = true;
    this.onHover(node ? idOf(node) : null);
    this.wake();
  }

  /** @param {{x: number, y: number}} world */
  #scopeTitle({ x, y }) {
    return this.scene?.scopeTitleAt(x, y, this.picture.far ? 22 / this.camera.k : ROW) ?? null;
  }

  /** @param {{x: number, y: number}} world */
  #pick({ x, y }) {
    return this.scene?.nodeAt(x, y) ?? null;
  }

  // ---------------------------------------------------------------------------------------------- frames

  #resize() {
    const { clientWidth, clientHeight } = this.host;
    this.ratio = window.devicePixelRatio || 1;
    this.camera.resize(Math.max(1, clientWidth), Math.max(1, clientHeight));
    this.renderer.resize(
      Math.max(1, Math.round(clientWidth * this.ratio)),
      Math.max(1, Math.round(clientHeight * this.ratio)),
    );
    this.dirty = true;
    this.#lead();
    // A resized canvas is empty until it is drawn; waiting for the next frame would show that as a flash.
    if (this.scene) this.#render(performance.now(), true);
    this.wake();
  }

  /** @param {number} now ms */
  #tick(now) {
    if (this.frame < 0) return;
    this.frame = 0;
    const elapsed = Math.min(64, now - this.drawn);
    this.drawn = now;
    const running = this.clock.tick(now);
    const changed = this.#stage(now);
    const zoom = this.camera.k;
    const gliding = this.camera.glide(elapsed);
    const growing = this.scene?.glide(this.animate ? 1 - Math.exp(-elapsed / SCOPE_GLIDE) : 1) ?? false;
    if (this.camera.k !== zoom) this.zoomed = now;
    const busy = (this.scene?.busyUntil ?? 0) + 50 > now;
    if (this.wasBusy && !busy) this.dirty = true;
    this.wasBusy = busy;
    const sliding = (this.scene?.slidesUntil ?? 0) + 20 > now;
    this.dirty ||= changed || growing || sliding;
    const sharpen = this.renderer.blurred(this.camera, this.ratio) && now - this.zoomed > SHARPEN_AFTER;
    if (this.dirty || gliding || busy || sharpen || this.moved()) this.#render(now, sharpen);
    const soft = this.renderer.blurred(this.camera, this.ratio);
    if (running || gliding || growing || busy || soft) this.wake();
  }

  /** The camera is not where the last frame saw it. */
  moved() {
    const { x, y, k } = this.camera;
    const seen = `${x} ${y} ${k}`;
    const moved = seen !== this.seen;
    this.seen = seen;
    if (moved) this.zoomed = Math.max(this.zoomed, this.lastK === k ? 0 : performance.now());
    this.lastK = k;
    return moved;
  }

  /** Brings the scene to the clock. @param {number} now @returns {boolean} whether it changed */
  #stage(now) {
    const t = this.clock.position.value;
    const page = this.trace.pageAt(t);
    if (!page) {
      const had = this.scene !== null;
      this.scene = null;
      return had;
    }
    const book = this.#open(page);
    let changed = false;
    if (!this.scene || this.scene.page !== page || this.scene.book !== book || this.scene.stale) {
      changed = true;
      this.#turnTo(page, t, book);
    }
    const scene = /** @type {Scene} */ (this.scene);
    const grown = scene.sync();
    if (grown && changed && this.turned !== null) scene.moveTo(this.turned, now, false);
    changed = scene.moveTo(t, now, this.animate) || changed;
    if (changed) {
      this.#mark(page, t);
      this.#refocus();
      this.#lead();
    }
    return changed || grown;
  }

  /** Makes the scene of a page. @param {Page} page @param {number} t @param {FlipBook} book */
  #turnTo(page, t, book) {
    const old = this.scene;
    const same = old?.page === page && old.trace === this.trace;
    // Within a page, and from one page's end into the next, motion goes on from where it was.
    const onward = old && old.trace === this.trace && old.position <= t && t - old.position < 64;
    this.turned = same && old ? old.position : onward ? page.at : null;
    this.scene = new Scene(this.trace, book, page);
    if (same && old) this.#carry(old, this.scene, performance.now());
    this.focus.hovered = null;
  }

  /** The moments of a scene go on in the one that replaces it, and what has moved slides. @param {Scene} old @param {Scene} fresh @param {number} now */
  #carry(old, fresh, now) {
    fresh.sync();
    fresh.moveTo(old.position, now, false);
    /** @type {Set<SceneNode>} */
    const moved = new Set();
    for (const node of fresh.nodes) {
      const before = old.node(node.kind === 'leaf' ? node.id : (node.op?.id ?? ''));
      if (!before) continue;
      const { birth, gradBirth, flash } = before;
      if (before.kind === node.kind) Object.assign(node, { birth, gradBirth, flash });
      if (!this.animate || (before.x === node.x && before.y === node.y)) continue;
      node.slide = { x: before.x, y: before.y, since: now };
      moved.add(node);
    }
    for (const edge of fresh.edges) {
      const before = edge.op && old.edgeOfInput.get(`${edge.op.id}:${edge.input}`);
      if (before) [edge.birth, edge.pulse] = [before.birth, before.pulse];
      // An edge whose ends slide is drawn again when they are there.
      if (moved.has(edge.from) || moved.has(edge.to)) edge.birth = now + SLIDE * 0.7;
    }
    fresh.slidesUntil = moved.size ? now + SLIDE : 0;
    fresh.busyUntil = Math.max(old.busyUntil, moved.size ? now + SLIDE * 2 : 0);
  }

  /** What the page before did not have, or had otherwise; and the places of what this page does not have. @param {Page} page @param {number} t */
  #mark(page, t) {
    const { marks } = this.focus;
    const scene = /** @type {Scene} */ (this.scene);
    const { book } = scene;
    marks.clear();
    this.ghosts = [];
    const before = this.#before(page);
    const drawn = before && this.#compared(before, page);
    for (const id of drawn?.added ?? []) marks.set(id, 'added');
    for (const id of drawn?.changed ?? []) marks.set(id, 'changed');
    const gone = new Set(drawn?.gone.map((op) => book.entryOfOp.get(op.id)));
    const here = new Set(page.ops.map((op) => book.entryOfOp.get(op.id)));
    const ran = page.ops[upperBound(page.ops, (op) => op.at < t && op.phase !== 'update') - 1];
    const complete =
      page.backwards.some((backward) => backward.at < t) || (page.endAt !== null && page.endAt < t);
    // Until then, what the page has not reached yet may still come.
    const reached = complete ? Infinity : ((ran && book.entryOfOp.get(ran.id)?.position) ?? -1);
    for (const entry of book.entries) {
      if (here.has(entry) || !entry.item || entry.item.fold !== null || entry.position > reached) continue;
      this.ghosts.push(scene.ghost(entry.op, entry.item, gone.has(entry) ? 'gone' : ''));
    }
  }

  /** The page before that tells the same story, if any. @param {Page} page */
  #before(page) {
    const { passes } = this.trace;
    for (let i = passes.indexOf(page) - 1; i >= 0; i--) if (this.shelf.holds(passes[i])) return passes[i];
    return null;
  }

  /** Takes the page's book from the shelf and lays the page out. @param {Page} page @returns {FlipBook} */
  #open(page) {
    const book = this.shelf.bookOf(page);
    const before = this.#before(page);
    if (before) book.include(before);
    book.include(page);
    book.settle();
    return book;
  }

  /** @param {Page} before @param {Page} page */
  #compared(before, page) {
    const of = `${before.n}:${before.ops.length} ${page.n}:${page.ops.length}`;
    if (this.comparison?.of !== of) this.comparison = { of, result: compare(this.trace, before, page) };
    return this.comparison.result;
  }

  #refocus() {
    const { scene, focus } = this;
    this.dirty = true;
    focus.selected = (this.selection !== null && scene?.node(this.selection)) || null;
    focus.path = focus.selected && scene ? scene.pathThrough(focus.selected) : null;
    const ops = this.line === null ? null : this.trace.opsAtLine(this.line);
    focus.lit = ops && new Set(ops.map((op) => op.id));
    this.wake();
  }

  /** The action leads the camera. */
  #lead() {
    const { scene, camera } = this;
    if (!scene || !scene.newest || !(scene.extent.right > scene.extent.left)) return;
    const first = !this.led;
    this.led = true;
    camera.follow(pad(scene.extent), boundsOf(scene.newest));
    if (first) camera.settle();
  }

  /** @param {number} now @param {boolean} sharpen */
  #render(now, sharpen) {
    const { camera, picture } = this;
    if (this.scene && (this.dirty || !picture.covers(camera.bounds, camera.k))) {
      picture.make(this.scene, this.ghosts, this.focus, camera.bounds, camera.k, now);
    } else if (!this.scene) picture.empty();
    this.dirty = false;
    this.frames++;
    this.renderer.draw(picture, camera, this.ratio, this.animate ? now : SETTLED, sharpen);
  }
}

/** @param {HTMLCanvasElement} canvas @param {'webgl2' | 'canvas2d' | undefined} wanted */
function makeRenderer(canvas, wanted) {
  if (wanted !== 'canvas2d') {
    try {
      return new GLRenderer(canvas);
    } catch (error) {
      console.info('Drawing without WebGL2.', error);
    }
  }
  return new CanvasRenderer(canvas);
}

/** @param {SceneNode} node */
function idOf(node) {
  return node.kind === 'leaf' ? node.id : (node.op?.id ?? null);
}

/** Whether a point is on the sign that opens a folded scope. @param {SceneNode} node @param {{x: number, y: number}} world */
function onTriangle(node, { x, y }) {
  return x < node.x + 28 && y < node.y + 28;
}

/** @param {SceneNode} node */
function boundsOf({ x, y, width, height }) {
  return { left: x, top: y, right: x + width, bottom: y + height };
}

/** Room for scope boxes and badges around nodes. @param {import('./camera.js').Bounds} bounds */
function pad({ left, top, right, bottom }) {
  return { left: left - 24, top: top - 40, right: right + 24, bottom: bottom + 20 };
}
