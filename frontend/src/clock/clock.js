// @ts-check
/**
 * Where in the run the page looks. Live and replay are one thing: live is a clock that follows the end.
 *
 * The clock moves in *steps*: an op, a gradient, a printed line … (`Trace.steps`). It never reads a wall clock by
 * itself; whoever draws calls `tick(now)`.
 */
import { signal } from '@preact/signals-core';
import { upperBound } from '../model/trace.js';

/** @import {Trace} from '../model/trace.js' */

/** Steps per second to choose from. */
export const SPEEDS = [1, 2, 4, 8, 16, 32, 64, 128, Infinity];

/** Behind a live run by more than this, playing catches up within about a second. */
const LATEST_SECONDS = 4;

export class Clock {
  /** @param {Trace} trace */
  constructor(trace) {
    this.trace = trace;
    /** The events `[0, position)` have happened. */
    this.position = signal(0);
    /** How many events there are. */
    this.length = signal(0);
    this.playing = signal(true);
    /** Steps per second; `Infinity` shows the newest at once. */
    this.speed = signal(8);
    /** The run is live and the clock keeps up with it. */
    this.following = signal(true);
    /** Milliseconds of the last tick. @type {number | null} */
    this.ticked = null;
    /** Part of the next step that has already passed. */
    this.owed = 0;
  }

  /** Looks at another run, from its beginning. @param {Trace} trace */
  show(trace) {
    this.trace = trace;
    this.position.value = 0;
    this.length.value = trace.length;
    this.following.value = true;
    this.playing.value = true;
    this.ticked = null;
    this.owed = 0;
  }

  /** Tells the clock that the trace has grown. */
  grow() {
    this.length.value = this.trace.length;
  }

  get atEnd() {
    return this.position.value >= this.trace.length;
  }

  /** Plays on; from the beginning when the run is over and the clock stands at its end. */
  play() {
    if (this.atEnd && this.trace.end) this.position.value = 0;
    this.playing.value = true;
    this.ticked = null;
  }

  pause() {
    this.playing.value = false;
    this.following.value = false;
    this.ticked = null;
  }

  toggle() {
    if (this.playing.value && !(this.atEnd && this.trace.end)) this.pause();
    else this.play();
  }

  /** Jumps to the newest event and stays with it. */
  follow() {
    this.following.value = true;
    this.playing.value = true;
    this.position.value = this.trace.length;
    this.ticked = null;
  }

  /** Goes `count` steps forward (or back) and pauses. @param {number} count */
  step(count) {
    this.pause();
    this.#moveTo(this.#stepsDone() + count);
  }

  /** Goes to the end of the page `count` pages away and pauses. @param {number} count */
  stepPass(count) {
    const { passes } = this.trace;
    const page = this.trace.pageAt(this.position.value);
    const index = (page ? passes.indexOf(page) : -1) + count;
    if (passes.length) this.seekPass(passes[Math.min(Math.max(index, 0), passes.length - 1)].n);
  }

  /** Stands at a position and pauses. @param {number} t */
  seek(t) {
    this.pause();
    this.position.value = Math.min(Math.max(t, 0), this.trace.length);
  }

  /** Stands at the end of a page, where it is complete, and pauses. @param {number} n number of the pass */
  seekPass(n) {
    const page = this.trace.page(n);
    if (!page) return;
    const next = this.trace.passes[this.trace.passes.indexOf(page) + 1];
    this.seek(page.endAt !== null ? page.endAt + 1 : (next?.at ?? this.trace.length));
  }

  /**
   * Lets time pass. @param {number} now milliseconds
   * @returns {boolean} whether the clock will move again by itself
   */
  tick(now) {
    this.length.value = this.trace.length;
    if (!this.playing.value) return false;
    const seconds = this.ticked === null ? 0 : Math.min((now - this.ticked) / 1000, 0.25);
    this.ticked = now;
    const done = this.#stepsDone();
    const left = this.trace.steps.length - done;
    if (left > 0) this.#advance(done, left, seconds);
    if (this.trace.steps.length > this.#stepsDone()) return true;
    this.position.value = this.trace.length;
    this.owed = 0;
    if (this.trace.end) this.playing.value = false;
    return false;
  }

  /** @param {number} done @param {number} left @param {number} seconds */
  #advance(done, left, seconds) {
    const speed = this.speed.value;
    if (speed === Infinity) return this.#moveTo(done + left);
    const live = this.following.value && !this.trace.end;
    const rate = live ? Math.max(speed, left / LATEST_SECONDS) : speed;
    this.owed += seconds * rate;
    const whole = Math.floor(this.owed);
    if (whole < 1) return;
    this.owed -= whole;
    this.#moveTo(done + Math.min(whole, left));
  }

  #stepsDone() {
    const t = this.position.value;
    return upperBound(this.trace.steps, (position) => position <= t);
  }

  /** @param {number} count steps done from now on */
  #moveTo(count) {
    const { steps } = this.trace;
    const index = Math.min(Math.max(count, 0), steps.length);
    this.position.value = index === 0 ? 0 : steps[index - 1];
  }
}
