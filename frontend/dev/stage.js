// @ts-check
/**
 * The stage alone, for looking at it: `stage.html?trace=../test/fixtures/chain.ndjson&speed=4&theme=dark`, or
 * `?ops=10000` for a synthetic page of that size. Not part of the production build.
 */
import { Clock } from '../src/clock/clock.js';
import { Trace } from '../src/model/trace.js';
import { Stage } from '../src/stage/stage.js';
import { deep, twoPasses } from '../test/synthetic.js';

const options = new URLSearchParams(location.search);
document.documentElement.dataset.theme = options.get('theme') ?? 'light';

async function readTrace() {
  const address = options.get('trace');
  if (!address) return (options.has('ops') ? deep(Number(options.get('ops'))) : twoPasses()).trace();
  const trace = new Trace();
  const text = await (await fetch(address)).text();
  for (const line of text.trim().split('\n')) trace.push(JSON.parse(line));
  return trace;
}

const trace = await readTrace();
const clock = new Clock(trace);
clock.speed.value = Number(options.get('speed') ?? 8);
if (options.has('at')) clock.seek(Number(options.get('at')));
const host = /** @type {HTMLElement} */ (document.getElementById('stage'));
const renderer = /** @type {'webgl2' | 'canvas2d' | undefined} */ (options.get('renderer') ?? undefined);
const stage = new Stage(host, {
  trace,
  clock,
  renderer,
  onSelect: (id) => stage.select(id),
});
if (options.has('flat')) stage.shelf.mostItems = Infinity;
Object.assign(window, { stage, clock, trace });
