// @ts-check
/** Starts the page: the session, its parts, and the wires between them. */
import './styles/index.css';
import { read, write as format } from './address.js';
import { listen } from './keys.js';
import { Session } from './session.js';
import { watchAlarms } from './ui/alarms/watch.js';
import { App } from './ui/app.js';
import { editor } from './ui/editor/current.js';
import { keepScript, loadExamples } from './ui/examples.js';
import { openHelp } from './ui/help.js';
import { effect, html, render } from './ui/html.js';
import { show, width } from './ui/layout.js';
import { changeSpeed, keepSpeed } from './ui/pace.js';
import { outlineOpen, stage } from './ui/picture.js';
import { flip } from './ui/transport.js';

/** Browsers refuse a page that changes its address more often than a hundred times in ten seconds. */
const ADDRESS_EVERY_MS = 250;

const session = new Session();
const place = read(location);

keepScript(session);
keepSpeed(session);
render(html`<${App} session=${session} />`, /** @type {HTMLElement} */ (document.getElementById('app')));
if (place.run !== null) session.open(place.run, place);
loadExamples(session);
watchAlarms(session);
listenForKeys();
keepAddress();
turnToGraph();

// For tests, and for those who look under the bonnet.
Object.defineProperty(window, '__kineograph', {
  value: {
    session,
    get trace() {
      return session.trace.value;
    },
    clock: session.clock,
    get stage() {
      return stage.value;
    },
    get editor() {
      return editor.value;
    },
  },
});

function listenForKeys() {
  const { clock } = session;
  listen({
    run: () => (session.busy.value ? session.cancel() : session.start()),
    code: () => {
      show('code');
      editor.value?.focus();
    },
    toggle: () => clock.toggle(),
    back: () => clock.step(-1),
    forward: () => clock.step(1),
    previousPass: () => flip(session, -1),
    nextPass: () => flip(session, 1),
    start: () => clock.seek(0),
    end: () => clock.follow(),
    slower: () => changeSpeed(session, -1),
    faster: () => changeSpeed(session, 1),
    fit: () => stage.value?.fit(),
    zoomIn: () => stage.value?.zoomBy(1.3),
    zoomOut: () => stage.value?.zoomBy(1 / 1.3),
    outline: () => (outlineOpen.value = !outlineOpen.value),
    clear: () => {
      session.select(null);
      session.line.value = null;
    },
    help: openHelp,
  });
}

/** On a phone only one panel is in view: when a script starts, that is the graph. */
function turnToGraph() {
  let wasBusy = false;
  effect(() => {
    const busy = session.busy.value;
    if (busy && !wasBusy && width.peek() === 'phone') show('graph');
    wasBusy = busy;
  });
}

/** Keeps the address true: the run, and where the reader stands in it once the clock rests. */
function keepAddress() {
  let timer = 0;
  const write = () => {
    timer = 0;
    const run = session.runId.value;
    const { value: at } = session.now;
    if (run === null && session.status.value !== 'idle') return; // a link that did not open stays as it was typed
    const resting = !session.clock.playing.value && at > 0;
    const select = session.selection.value ?? undefined;
    const address = format({ run, at: resting ? at : undefined, select });
    if (address !== location.pathname + location.hash) history.replaceState(null, '', address);
  };
  effect(() => {
    for (const part of [session.runId, session.status, session.selection, session.now, session.clock.playing])
      void part.value;
    timer ||= window.setTimeout(write, ADDRESS_EVERY_MS);
  });
  addEventListener('hashchange', () => {
    const next = read(location);
    if (next.run !== session.runId.value) return;
    if (next.at !== undefined) session.clock.seek(next.at);
    else if (next.pass !== undefined) session.clock.seekPass(next.pass);
    if (next.select) session.select(next.select);
  });
}
