// @ts-check
/** What the page is about at this moment: one script, one run of it, one place in time, one thing selected. */
import { batch, computed, signal } from '@preact/signals';
import { api, Problem } from './api/client.js';
import { follow } from './api/stream.js';
import { Clock } from './clock/clock.js';
import { counterpart } from './model/counterpart.js';
import { Trace } from './model/trace.js';

/** @typedef {import('./protocol/schema.js').Event} Event */
/** @typedef {import('./api/stream.js').Connection} Connection */
/** @typedef {'idle' | 'starting' | 'queued' | 'running' | 'finished' | 'failed' | 'cancelled' | 'killed' | 'refused'} RunStatus */

/** Reading events may take this much of a frame, so that a burst of them never stops the picture. */
const BUDGET_MS = 6;
/** Between two questions for a waiting run's place in the queue. */
const PLACE_MS = 1000;

export class Session {
  /** @param {{ readOnly?: boolean }} [options] `readOnly`: it shows runs and can start none, as in a frame of another page */
  constructor({ readOnly = false } = {}) {
    this.readOnly = readOnly;
    this.trace = signal(new Trace());
    this.clock = new Clock(this.trace.value);
    /** The clock stands where a fresh page stands. */
    this.clock.playing.value = false;

    this.code = signal('');
    /** The code that the trace on show was made from; `null` before the first run. @type {import('@preact/signals').Signal<string | null>} */
    this.ranCode = signal(null);
    this.device = signal('cpu');
    /** How the next run builds its graph. @type {import('@preact/signals').Signal<'dynamic' | 'static' | 'both'>} */
    this.mode = signal('dynamic');
    /** The run of the same script in the other mode, shown beside this one. @type {import('@preact/signals').Signal<string | null>} */
    this.twin = signal(null);

    /** @type {import('@preact/signals').Signal<string | null>} */
    this.runId = signal(null);
    /** @type {import('@preact/signals').Signal<RunStatus>} */
    this.status = signal('idle');
    /** Why the run ended as it did, in words. @type {import('@preact/signals').Signal<string | null>} */
    this.reason = signal(null);
    /** How many runs are before this one in the queue. @type {import('@preact/signals').Signal<number | null>} */
    this.place = signal(null);
    /** A request that failed, and is worth showing. @type {import('@preact/signals').Signal<Problem | null>} */
    this.problem = signal(null);
    /** @type {import('@preact/signals').Signal<Connection>} */
    this.connection = signal('ended');

    /** The selected op or tensor. @type {import('@preact/signals').Signal<string | null>} */
    this.selection = signal(null);
    /** The line of code whose ops are marked. @type {import('@preact/signals').Signal<number | null>} */
    this.line = signal(null);

    this.busy = computed(() => ['starting', 'queued', 'running'].includes(this.status.value));
    this.stale = computed(() => this.ranCode.value !== null && this.ranCode.value !== this.code.value);
    /** Where the clock stands, and where the trace ends: what a panel reads to be redrawn with both. */
    this.now = computed(() => Math.min(this.clock.position.value, this.clock.length.value));
    /** The page on show. Reads the length too: a page fills while the clock stands on it. */
    this.page = computed(() => {
      const trace = this.trace.value;
      return this.clock.length.value === 0 ? null : trace.pageAt(this.now.value);
    });

    /** @type {Event[]} */
    this.waiting = [];
    this.frame = 0;
    /** @type {AbortController | null} */
    this.abort = null;
    /** Stands where a link says, once the events are there. @type {(() => boolean) | null} */
    this.arrive = null;
  }

  /** Runs the script in the editor. */
  async start() {
    if (this.busy.value || this.readOnly) return;
    const code = this.code.value;
    this.#clear();
    this.status.value = 'starting';
    const aborted = this.#opening();
    try {
      const { id, place, twin } = await api.startRun(code, this.device.value, this.mode.value);
      if (aborted.aborted) return;
      batch(() => {
        this.ranCode.value = code;
        this.runId.value = id;
        this.twin.value = twin?.id ?? null;
        this.status.value = 'queued';
        this.place.value = place;
      });
      void this.#queue(id, aborted);
      await this.#follow(id, aborted);
    } catch (error) {
      this.#refuse(error, aborted);
    }
  }

  /**
   * Shows a run that exists: one that is over, or one that still runs.
   *
   * @param {string} id
   * @param {{ at?: number, pass?: number, select?: string }} [place] where to stand in it; the beginning otherwise
   */
  async open(id, place = {}) {
    this.#clear();
    this.status.value = 'starting';
    const aborted = this.#opening();
    try {
      const info = await api.run(id);
      if (aborted.aborted) return;
      batch(() => {
        this.runId.value = id;
        if (info.code !== undefined) this.ranCode.value = this.code.value = info.code;
        if (info.device) this.device.value = info.device;
        // In a frame there is one stage: it may be the twin of the page around it.
        this.twin.value = this.readOnly ? null : (info.twin ?? null);
        if (info.mode) this.mode.value = info.twin ? 'both' : info.mode;
        this.status.value = info.status === 'queued' ? 'queued' : 'running';
        this.place.value = info.place ?? null;
      });
      void this.#queue(id, aborted);
      await this.#follow(id, aborted, () => this.#stand(place));
    } catch (error) {
      this.#refuse(error, aborted);
    }
  }

  /**
   * Shows a run whose events are all at hand, with no server behind them.
   *
   * @param {Event[]} events
   * @param {{ run: string | null, code: string, device: string }} made
   * @param {{ at?: number, pass?: number, select?: string }} [place]
   */
  replay(events, { run, code, device }, place = {}) {
    this.#clear();
    batch(() => {
      this.runId.value = run;
      this.ranCode.value = this.code.value = code;
      this.device.value = device;
      this.status.value = 'running';
      this.connection.value = 'ended';
    });
    this.arrive = () => this.#stand(place);
    this.waiting = events;
    this.#drain();
  }

  /** Leaves the run on show: the page is as before the first run, the script stays. */
  close() {
    this.#clear();
    this.status.value = 'idle';
  }

  /** Whether the page is on its way to the place that a link says. */
  get arriving() {
    return this.arrive !== null;
  }

  /** Stops the running script; what it did stays. */
  async cancel() {
    const id = this.runId.value;
    if (!id || !this.busy.value || this.readOnly) return;
    try {
      await api.cancel(id);
      if (this.twin.value !== null) await api.cancel(this.twin.value);
    } catch (error) {
      if (error instanceof Problem) this.problem.value = error;
    }
  }

  /** @param {string | null} id an op or a tensor */
  select(id) {
    batch(() => {
      this.selection.value = id;
      if (id !== null) this.line.value = null;
    });
  }

  /** Marks the ops of a line and selects the first of them on the page on show. @param {number} line */
  selectLine(line) {
    const ops = this.stale.value ? [] : this.trace.value.opsAtLine(line);
    const page = this.page.value;
    const op = ops.find((each) => each.pass === page?.n && each.at < this.now.value);
    batch(() => {
      this.line.value = ops.length ? line : null;
      if (op) this.selection.value = op.id;
    });
  }

  /** Goes to a pass; the selection goes along where that pass has the same op. @param {number} n */
  goToPass(n) {
    this.clock.seekPass(n);
    this.followSelection();
  }

  /** Moves the selection to its like on the page on show. */
  followSelection() {
    const page = this.page.value;
    const id = this.selection.value;
    if (id && page) this.selection.value = counterpart(this.trace.value, id, page) ?? id;
  }

  /** Forgets the run on show. */
  #clear() {
    this.abort?.abort();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.frame);
    this.frame = 0;
    this.waiting = [];
    this.arrive = null;
    batch(() => {
      this.runId.value = null;
      this.twin.value = null;
      this.ranCode.value = null;
      this.reason.value = null;
      this.problem.value = null;
      this.selection.value = null;
      this.line.value = null;
      this.trace.value = new Trace();
      this.clock.show(this.trace.value);
    });
  }

  /** Asks for the run's place while it waits. @param {string} id @param {AbortSignal} aborted */
  async #queue(id, aborted) {
    while (this.status.value === 'queued' && this.place.value !== null) {
      await new Promise((resolve) => setTimeout(resolve, PLACE_MS));
      if (aborted.aborted || this.status.value !== 'queued') return;
      // A question that fails is asked again: the stream says when the run starts.
      const info = await api.run(id).catch(() => null);
      if (info && !aborted.aborted) this.place.value = info.place ?? null;
    }
  }

  #opening() {
    this.abort = new AbortController();
    return this.abort.signal;
  }

  /**
   * @param {string} id
   * @param {AbortSignal} aborted
   * @param {() => boolean} [arrive] asked after each batch until it says that the place to stand has come
   */
  #follow(id, aborted, arrive) {
    this.arrive = arrive ?? null;
    return follow(id, {
      signal: aborted,
      onState: (state) => {
        this.connection.value = state;
      },
      onEvents: (events) => {
        this.waiting.push(...events);
        this.#drain();
      },
    });
  }

  /** Reads what is waiting, a frame's worth at a time. */
  #drain() {
    if (this.frame) return;
    const read = () => {
      this.frame = 0;
      const until = performance.now() + BUDGET_MS;
      const trace = this.trace.value;
      let done = 0;
      while (done < this.waiting.length && (done % 32 !== 0 || performance.now() < until)) {
        trace.push(this.waiting[done]);
        done += 1;
      }
      this.waiting = this.waiting.slice(done);
      batch(() => {
        this.clock.grow();
        this.#noteStatus(trace);
        if (this.arrive?.()) this.arrive = null;
      });
      if (this.waiting.length) this.frame = requestAnimationFrame(read);
    };
    // A page in the background gets no frames; its events must not pile up until it is looked at.
    if (document.hidden) this.frame = window.setTimeout(read);
    else this.frame = requestAnimationFrame(read);
  }

  /** @param {Trace} trace */
  #noteStatus(trace) {
    if (trace.end) {
      this.status.value = trace.end.status;
      this.reason.value = trace.end.reason ?? null;
    } else if (trace.start) this.status.value = 'running';
  }

  /**
   * @param {{ at?: number, pass?: number, select?: string }} place
   * @returns {boolean} whether the place has come
   */
  #stand({ at, pass, select }) {
    const trace = this.trace.value;
    if (at === undefined && pass === undefined && !select) return true;
    const page = pass === undefined ? undefined : trace.page(pass);
    const here = at !== undefined ? trace.length >= at : page ? page.endAt !== null : pass === undefined;
    if (!here && !trace.end) return false;
    if (at !== undefined) this.clock.seek(at);
    else if (page) this.clock.seekPass(page.n);
    if (select && (trace.op(select) || trace.tensor(select))) this.selection.value = select;
    return true;
  }

  /** @param {unknown} error @param {AbortSignal} aborted */
  #refuse(error, aborted) {
    if (aborted.aborted) return;
    if (!(error instanceof Problem)) throw error;
    batch(() => {
      this.problem.value = error;
      this.status.value = 'refused';
      this.connection.value = 'ended';
    });
  }
}
