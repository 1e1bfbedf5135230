// @ts-check
/** Starts the page: the session, its parts, and the wires between them. */
import './styles/index.css';
import { read } from './address.js';
import { detach } from './api/client.js';
import { t } from './i18n/index.js';
import { listen } from './keys.js';
import { recorded } from './recorded.js';
import { Session } from './session.js';
import { watchAlarms } from './ui/alarms/watch.js';
import { App } from './ui/app.js';
import { editor } from './ui/editor/current.js';
import { keepScript, loadExamples } from './ui/examples.js';
import { openHelp } from './ui/help.js';
import { effect, html, render } from './ui/html.js';
import { embedded, show, width } from './ui/layout.js';
import { changeSpeed, keepSpeed } from './ui/pace.js';
import { outlineOpen, stage } from './ui/picture.js';
import { goTo, keepAddress, lookWhenThere } from './ui/place.js';
import { presenting, togglePresenting, watchGradients } from './ui/presenter.js';
import { copyLink, openShare } from './ui/share.js';
import { rules } from './ui/inspector/rules.js';
import { startTour, welcome } from './ui/tour.js';
import { flip } from './ui/transport.js';

// In a frame of another page, or saved as a file, it shows a run and can start none.
embedded.value = location.pathname.startsWith('/embed/') && !recorded;
const session = new Session({ readOnly: embedded.value || recorded !== null });

keepSpeed(session);
if (recorded) {
  detach(t('replay.detached'));
  rules.value = new Map(Object.entries(recorded.ops));
}
render(html`<${App} session=${session} />`, /** @type {HTMLElement} */ (document.getElementById('app')));
if (recorded) session.replay(recorded.events, recorded, recorded.place);
else startFromAddress();
watchAlarms(session);
watchGradients(session);
listenForKeys();
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

/** Goes where the address says, and keeps it true from then on. */
function startFromAddress() {
  const place = read(location);
  if (!session.readOnly) {
    keepScript(session);
    void loadExamples(session);
    if (place.run === null) welcome();
  }
  if (place.run !== null || place.code || place.example || place.panels || place.device) {
    void goTo(session, place);
    lookWhenThere(session, place);
  }
  keepAddress(session);
}

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
    clickBack: () => (presenting.value ? clock.step(-1) : flip(session, -1)),
    clickOn: () => (presenting.value ? clock.step(1) : flip(session, 1)),
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
    copyLink: () => void copyLink(session),
    share: openShare,
    present: togglePresenting,
    tour: startTour,
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
