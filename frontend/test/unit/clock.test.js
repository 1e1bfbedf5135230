// @ts-check
import { expect, test } from 'vitest';
import { Clock } from '../../src/clock/clock.js';
import { Trace } from '../../src/model/trace.js';
import { twoPasses } from '../synthetic.js';

test('steps stop at ops, gradients and prints, not at definitions', () => {
  const clock = new Clock(twoPasses().trace());
  clock.step(1);
  const { events } = clock.trace;
  expect(events[clock.position.value - 1].type).toBe('op');
  clock.step(1);
  expect(events[clock.position.value - 1].type).toBe('op');
  clock.step(1);
  expect(events[clock.position.value - 1].type).toBe('backward');
  clock.step(-2);
  expect(events[clock.position.value - 1].type).toBe('op');
  clock.step(-1);
  expect(clock.position.value).toBe(0);
  expect(clock.playing.value).toBe(false);
});

test('plays at its speed, in steps per second, and stops at the end of a finished run', () => {
  const tape = twoPasses();
  tape.add({ type: 'end', status: 'finished' });
  const clock = new Clock(tape.trace());
  clock.speed.value = 4;
  clock.tick(0);
  clock.tick(200);
  expect(clock.position.value).toBe(0);
  clock.tick(250);
  expect(clock.position.value).toBe(clock.trace.steps[0]);
  let now = 250;
  while (clock.tick((now += 100)));
  expect(clock.position.value).toBe(clock.trace.length);
  expect(clock.playing.value).toBe(false);
  expect(now).toBeGreaterThan((clock.trace.steps.length / 4) * 900);
  clock.play();
  expect(clock.position.value).toBe(0);
});

test('infinite speed is at the newest event at once', () => {
  const clock = new Clock(twoPasses().trace());
  clock.speed.value = Infinity;
  clock.tick(0);
  expect(clock.position.value).toBe(clock.trace.length);
});

test('a live run is caught up with, and playing goes on when more arrives', () => {
  const { events } = twoPasses();
  const trace = new Trace();
  const clock = new Clock(trace);
  expect(clock.tick(0)).toBe(false);
  for (const event of events) trace.push(event);
  let now = 0;
  while (clock.tick((now += 50)) && now < 20000);
  expect(clock.position.value).toBe(trace.length);
  expect(clock.playing.value).toBe(true);
});

test('seeking a page stands where it is complete', () => {
  const clock = new Clock(twoPasses().trace());
  clock.seekPass(1);
  const { trace } = clock;
  expect(trace.pageAt(clock.position.value)?.n).toBe(1);
  expect(trace.events[clock.position.value - 1].type).toBe('pass_end');
  clock.stepPass(1);
  expect(trace.pageAt(clock.position.value)?.n).toBe(2);
  clock.stepPass(1);
  expect(trace.pageAt(clock.position.value)?.n).toBe(2);
});
