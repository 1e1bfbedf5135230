// @ts-check
import { expect, test } from 'vitest';
import { Camera } from '../../src/stage/camera.js';

function camera() {
  const made = new Camera();
  made.resize(1000, 800);
  return made;
}

/** @param {Camera} c @param {{left: number, top: number, right: number, bottom: number}} box */
const inView = (c, box) => {
  const view = c.bounds;
  return view.left <= box.left && view.right >= box.right && view.top <= box.top && view.bottom >= box.bottom;
};

test('fits a page without making it larger than reading needs', () => {
  const c = camera();
  c.fit({ left: 0, top: 0, right: 5000, bottom: 9000 });
  c.settle();
  expect(inView(c, { left: 0, top: 0, right: 5000, bottom: 9000 })).toBe(true);
  c.fit({ left: 0, top: 0, right: 100, bottom: 50 });
  c.settle();
  expect(c.k).toBeLessThan(1.2);
});

test('zooming keeps the point under the pointer', () => {
  const c = camera();
  const before = c.toWorld(300, 200);
  c.zoomAt(1.7, 300, 200);
  expect(c.toWorld(300, 200).x).toBeCloseTo(before.x);
  expect(c.toWorld(300, 200).y).toBeCloseTo(before.y);
});

test('follows the newest at reading size when the whole is too large, and never shows emptiness beyond the page', () => {
  const c = camera();
  const all = { left: 0, top: 0, right: 600, bottom: 20000 };
  c.follow(all, { left: 200, top: 12000, right: 350, bottom: 12064 });
  c.settle();
  expect(c.k).toBeGreaterThan(0.7);
  expect(inView(c, { left: 200, top: 12000, right: 350, bottom: 12064 })).toBe(true);
  c.follow(all, { left: 200, top: 0, right: 350, bottom: 64 });
  c.settle();
  expect(c.bounds.top).toBeGreaterThan(-80);
});

test('does not fight the reader: after a pan the action no longer leads', () => {
  const c = camera();
  c.pan(50, 0);
  const { x } = c.target;
  c.follow({ left: 0, top: 0, right: 100, bottom: 100 }, { left: 0, top: 0, right: 10, bottom: 10 });
  expect(c.target.x).toBe(x);
});

test('reveals with as little motion as it takes', () => {
  const c = camera();
  c.reveal({ left: 100, top: 100, right: 200, bottom: 160 });
  expect(c.target).toEqual({ x: 0, y: 0, k: 1 });
  const box = { left: 3000, top: 100, right: 3100, bottom: 160 };
  c.reveal(box);
  c.settle();
  expect(inView(c, box)).toBe(true);
  expect(c.y).toBe(0);
});

test('glides to rest, at once where motion is not wanted', () => {
  const c = camera();
  c.target = { x: 100, y: 50, k: 2 };
  let frames = 0;
  while (c.glide(16)) frames++;
  expect(frames).toBeGreaterThan(10);
  expect(frames).toBeLessThan(120);
  c.reducedMotion = true;
  c.target = { x: 0, y: 0, k: 1 };
  c.glide(16);
  expect(c.k).toBe(1);
});
