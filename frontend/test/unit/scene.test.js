// @ts-check
import { describe, expect, test } from 'vitest';
import { FlipBook } from '../../src/layout/flipbook.js';
import { Picture } from '../../src/stage/picture.js';
import { Scene } from '../../src/stage/scene.js';
import { traceOf } from '../fixtures.js';
import { deep } from '../synthetic.js';

/** @import {Trace} from '../../src/model/trace.js' */

/** @param {Trace} trace @param {number} n */
function sceneOf(trace, n) {
  const page = trace.page(n);
  if (!page) throw new Error(`no pass ${n}`);
  const book = new FlipBook(trace);
  book.include(page);
  book.settle();
  const scene = new Scene(trace, book, page);
  scene.sync();
  return scene;
}

/** What a reader sees, without the moments. @param {Scene} scene */
const seen = (scene) => ({
  nodes: scene.nodes.filter((node) => node.born).map(({ id, value, grad }) => ({ id, value, grad })),
  edges: scene.edges.filter((edge) => edge.born).map(({ op, input, lit }) => `${op?.id}:${input} ${lit}`),
  scopes: [...scene.scopes.values()]
    .filter(({ count }) => count)
    .map(({ key, count, goal }) => ({ key, count, ...goal })),
});

describe('a scene', () => {
  test.each(/** @type {const} */ (['chain', 'depth', 'bad', 'second']))(
    'of %s is the same played, scrubbed and scrubbed back',
    (name) => {
      const trace = traceOf(name);
      for (const page of trace.passes) {
        const played = sceneOf(trace, page.n);
        const jumping = sceneOf(trace, page.n);
        const until = trace.passes[trace.passes.indexOf(page) + 1]?.at ?? trace.length;
        played.moveTo(page.at, 0, false);
        for (let t = page.at + 1; t <= until; t++) {
          played.moveTo(t, t, true);
          jumping.moveTo(t, 0, false);
          expect(seen(jumping)).toEqual(seen(played));
        }
        jumping.moveTo(page.at + 3, 0, false);
        const fresh = sceneOf(trace, page.n);
        fresh.moveTo(page.at + 3, 0, false);
        expect(seen(jumping)).toEqual(seen(fresh));
      }
    },
  );

  test('shows the chain rule’s numbers', () => {
    const trace = traceOf('chain');
    const scene = sceneOf(trace, 1);
    scene.moveTo(trace.length, 0, false);
    const byLabel = Object.fromEntries(scene.nodes.map((node) => [node.detail || node.label, node]));
    expect(byLabel.e.value?.data).toEqual([-6]);
    expect(byLabel.e.grad?.data).toEqual([-2]);
    expect(byLabel.a.grad?.data).toEqual([7]);
    expect(byLabel.L.grad?.data).toEqual([1]);
  });

  test('draws the op that failed, with the edges that reached it', () => {
    const trace = traceOf('bad');
    const scene = sceneOf(trace, 2);
    scene.moveTo(trace.length, 0, false);
    const failed = scene.nodes.find((node) => node.kind === 'failed');
    expect(failed?.label).toBe('matmul');
    expect(failed?.born).toBe(true);
    expect(failed?.into.length).toBe(1);
    expect(scene.nodes.every((node) => node === failed || apart(node, /** @type {any} */ (failed)))).toBe(
      true,
    );
  });

  test('finds the path through a node: its ancestors and its readers, and nothing beside', () => {
    const scene = sceneOf(traceOf('chain'), 1);
    const relu = scene.node('1.3');
    if (!relu) throw new Error('no relu');
    expect([...scene.pathThrough(relu).nodes].map((node) => node.label).sort()).toEqual(['a', 'add', 'relu']);
  });

  test('nothing overlaps, leaves included', () => {
    for (const name of /** @type {const} */ (['chain', 'depth', 'bad', 'second'])) {
      const trace = traceOf(name);
      for (const page of trace.passes) {
        const { nodes } = sceneOf(trace, page.n);
        for (const [i, a] of nodes.entries())
          for (const b of nodes.slice(i + 1)) expect(apart(a, b)).toBe(true);
      }
    }
  });
});

/** @typedef {{x: number, y: number, width: number, height: number}} Box */
/** @param {Box} a @param {Box} b */
const apart = (a, b) =>
  a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;

describe('a picture', () => {
  const focus = { selected: null, hovered: null, path: null, lit: null, marks: new Map() };
  const view = { left: -1e4, top: -1e4, right: 1e4, bottom: 1e5 };

  test('says "not computed" with a dash and zero with a zero', () => {
    const trace = traceOf('chain');
    const scene = sceneOf(trace, 1);
    const texts = (/** @type {number} */ t) => {
      scene.moveTo(t, 0, false);
      const picture = new Picture();
      picture.make(scene, [], focus, view, 1, 1e6);
      return picture.labels.map((label) => label.text);
    };
    const backward = trace.passes[0].backwards[0].at;
    expect(texts(backward).filter((text) => text === '–').length).toBe(9);
    expect(texts(trace.length).filter((text) => text === '–').length).toBe(0);
    expect(texts(trace.length)).toContain('e = −6.0');
  });

  test('marks the place of an op that the page before had', () => {
    const trace = traceOf('depth');
    const [, shallow, deeper] = trace.passes;
    const book = new FlipBook(trace);
    book.include(deeper);
    book.include(shallow);
    book.settle();
    const scene = new Scene(trace, book, shallow);
    scene.sync();
    scene.moveTo(deeper.at, 0, false);
    const gone = deeper.ops.find(
      (op) => !shallow.ops.some((one) => book.entryOfOp.get(one.id) === book.entryOfOp.get(op.id)),
    );
    const item = gone && book.entryOfOp.get(gone.id)?.item;
    if (!gone || !item) throw new Error('both pages have the same ops');
    const ghost = scene.ghost(gone, item, 'gone');
    expect(scene.nodes.every((node) => apart(node, ghost))).toBe(true);
    const picture = new Picture();
    picture.make(scene, [ghost], focus, view, 1, 1e6);
    expect(picture.labels.map((label) => label.text)).toContain('gone');
  });

  test('has only what is in view', () => {
    const trace = deep(2000).trace();
    const book = new FlipBook(trace, Infinity);
    book.include(trace.passes[0]);
    book.settle();
    const scene = new Scene(trace, book, trace.passes[0]);
    scene.sync();
    scene.moveTo(trace.length, 0, false);
    const picture = new Picture();
    const took = Math.min(
      ...[1, 2, 3].map(() => {
        const start = process.cpuUsage();
        picture.make(scene, [], focus, { left: 0, top: 20000, right: 900, bottom: 20800 }, 1, 1e6);
        return process.cpuUsage(start).user / 1000;
      }),
    );
    expect(picture.boxes.length / 16).toBeGreaterThan(5);
    expect(picture.boxes.length / 16).toBeLessThan(80);
    expect(took).toBeLessThan(40); // measured about 1; the rest is room for a busy machine
  });
});
