// @ts-check
/** Keeps the address true, and goes where an address says: a link, or the browser's back and forward. */
import { pack, read, unpack, write } from '../address.js';
import { chosenLanguage, t } from '../i18n/index.js';
import { openExample, untouchedExample } from './examples.js';
import { effect } from './html.js';
import { brought, embedded, show } from './layout.js';
import { stage } from './picture.js';
import { choice } from './theme.js';

/** @typedef {import('../address.js').Place} Place */
/** @typedef {import('../session.js').Session} Session */

/** Browsers refuse a page that changes its address more often than a hundred times in ten seconds. */
const ADDRESS_EVERY_MS = 250;

/** Where the reader stands now. @param {Session} session @returns {Promise<Place>} */
export async function placeOf(session) {
  const run = session.runId.value;
  const at = session.now.value;
  const resting = !session.clock.playing.value && at > 0 && !session.arriving;
  const example = untouchedExample(session);
  const code = session.code.value;
  const unknown = example === null && code !== '' && code !== session.ranCode.value;
  const panels = brought.value;
  return {
    run,
    pass: resting && run !== null ? session.page.value?.n : undefined,
    at: resting && run !== null ? at : undefined,
    select: session.selection.value ?? undefined,
    view: run === null ? undefined : viewOf(),
    panels: panels.length ? panels : undefined,
    example: run === null && example?.index ? example.id : undefined,
    code: unknown && !embedded.value ? await pack(code) : undefined,
    device: run === null && session.device.value !== 'cpu' ? session.device.value : undefined,
    lang: chosenLanguage() ?? undefined,
    theme: choice.value === 'system' ? undefined : choice.value,
  };
}

/** Goes to a place. @param {Session} session @param {Place} place */
export async function goTo(session, place) {
  for (const panel of place.panels ?? []) show(panel);
  if (place.run === null) session.close();
  else if (place.run !== session.runId.value) await session.open(place.run, place);
  else stand(session, place);
  if (place.device && place.run === null) session.device.value = place.device;
  if (place.example) openExample(session, place.example);
  if (place.code) {
    const code = await unpack(place.code);
    if (code !== null) session.code.value = code;
  }
}

/** @param {Session} session @param {Place} place */
function stand(session, { at, pass, select, view }) {
  if (at !== undefined) session.clock.seek(at);
  else if (pass !== undefined) session.clock.seekPass(pass);
  session.select(select ?? null);
  if (view) lookAt(view);
}

/** Looks where a link says, as soon as there is something to see. @param {Session} session @param {Place} place */
export function lookWhenThere(session, { view }) {
  if (!view) return;
  const stop = effect(() => {
    if (!session.page.value || !stage.value || session.arriving) return;
    lookAt(view);
    queueMicrotask(() => stop());
  });
}

/** The middle of the view and the zoom, where the reader leads the camera. @returns {import('../address.js').View | undefined} */
function viewOf() {
  const camera = stage.value?.camera;
  if (!camera || camera.following) return undefined;
  const { x, y, k } = camera.target;
  return { x: (camera.width / 2 - x) / k, y: (camera.height / 2 - y) / k, k };
}

/** @param {import('../address.js').View} view */
function lookAt({ x, y, k }) {
  const made = stage.value;
  if (!made) return;
  const { camera } = made;
  camera.following = false;
  camera.target = { k, x: camera.width / 2 - x * k, y: camera.height / 2 - y * k };
  camera.settle();
  made.wake();
}

/**
 * Writes the address while the reader moves. Another run, pass or selection is a step of the browser's history; all
 * else only keeps the step that is there true.
 *
 * @param {Session} session
 */
export function keepAddress(session) {
  /** @type {{ run: string | null, pass?: number, select?: string } | null} */
  let shown = null;
  let timer = 0;
  let going = false;

  const update = async () => {
    timer = 0;
    const { runId, status } = session;
    if (going || session.arriving || status.value === 'starting') return;
    if (runId.value === null && status.value !== 'idle') return; // a link that did not open stays as it was typed
    const place = await placeOf(session);
    if (going || place.run !== runId.value) return; // it went on meanwhile
    const address = write(place, embedded.value ? 'embed' : 'runs');
    const { run, pass, select } = place;
    const moved =
      shown !== null &&
      (run !== shown.run ||
        (pass !== undefined && shown.pass !== undefined && (pass !== shown.pass || select !== shown.select)));
    shown = { run, pass: pass ?? (run === shown?.run ? shown?.pass : undefined), select };
    if (address === location.pathname + location.hash) return;
    if (moved && !embedded.value) history.pushState(null, '', address);
    else history.replaceState(null, '', address);
    document.title = pass === undefined ? t('app.name') : t('app.title', { pass });
  };
  const soon = () => (timer ||= window.setTimeout(update, ADDRESS_EVERY_MS));

  effect(() => {
    for (const part of [session.runId, session.status, session.selection, session.now, session.code])
      void part.value;
    for (const part of [session.clock.playing, session.device, brought, choice]) void part.value;
    soon();
  });
  // The camera moves by these alone, once the reader leads it.
  for (const event of ['pointerup', 'wheel', 'keyup']) addEventListener(event, soon, { passive: true });
  addEventListener('popstate', async () => {
    const place = read(location);
    const before = session.runId.value;
    going = true;
    try {
      await goTo(session, place);
      if (place.run !== before) lookWhenThere(session, place);
    } finally {
      shown = { run: place.run, pass: undefined, select: place.select };
      going = false;
    }
  });
}
