// @ts-check
/** The graph: the stage with its few controls, and the outline beside it. */
import { t, word } from '../i18n/index.js';
import { Stage } from '../stage/stage.js';
import { html, signal, useEffect, useRef, useSignalEffect } from './html.js';
import { Icon } from './icons.js';
import { show, single } from './layout.js';
import { reducedMotion } from './motion.js';
import { Outline } from './outline.js';
import { Prediction, presenting } from './presenter.js';
import { theme } from './theme.js';
import { Twin } from './twin.js';

/** @typedef {import('../session.js').Session} Session */

/** @type {import('@preact/signals').Signal<Stage | null>} */
export const stage = signal(null);
export const outlineOpen = signal(false);

/** @param {{ session: Session }} props */
export function Picture({ session }) {
  const host = useRef(/** @type {HTMLDivElement | null} */ (null));
  /** What was picked in the picture itself, where it is in view already. */
  const picked = useRef(/** @type {string | null} */ (null));

  useEffect(() => {
    const made = new Stage(/** @type {HTMLDivElement} */ (host.current), {
      trace: session.trace.value,
      clock: session.clock,
      onSelect: (id) => {
        picked.current = id;
        session.select(id);
      },
    });
    stage.value = made;
    return () => {
      made.destroy();
      stage.value = null;
    };
  }, [session]);
  useSignalEffect(() => {
    const made = stage.value;
    const trace = session.trace.value;
    if (made && made.trace !== trace) made.show(trace);
  });
  useSignalEffect(() => {
    const id = session.selection.value;
    stage.value?.select(id);
    // After the picture's next frame: what is selected may be on a page that is drawn only then.
    if (id !== null && id !== picked.current)
      requestAnimationFrame(() => requestAnimationFrame(() => stage.value?.reveal(id)));
    picked.current = id;
  });
  useSignalEffect(() => stage.value?.highlightLine(session.line.value));
  useSignalEffect(() => {
    void [theme.value, presenting.value];
    stage.value?.setTheme();
  });
  useSignalEffect(() => stage.value?.setReducedMotion(reducedMotion.value));

  const isOpen = outlineOpen.value;
  return html`<div class="pictures">
    <div class="picture">
      <div class="stage" ref=${host} role="img" aria-label=${t('graph.label')}></div>
      <${Caption} session=${session} />
      <div class="stage-tools" role="toolbar" aria-label=${t('panel.graph')}>
        <button
          type="button"
          class="quiet"
          aria-pressed=${isOpen}
          aria-label=${t('graph.outline')}
          title=${t('graph.outline')}
          onClick=${() => (outlineOpen.value = !isOpen)}
        >
          <${Icon} name="outline" />
        </button>
        <${Tool} icon="plus" label=${t('graph.zoomIn')} act=${() => stage.value?.zoomBy(1.3)} />
        <${Tool} icon="minus" label=${t('graph.zoomOut')} act=${() => stage.value?.zoomBy(1 / 1.3)} />
        <${Tool} icon="fit" label=${t('graph.fit')} act=${() => stage.value?.fit()} />
        <${Tool} icon="image" label=${t('graph.png')} act=${() => savePng(session)} />
      </div>
      <${Empty} session=${session} />
      <${Prediction} session=${session} />
      <${Alarm} session=${session} />
      <${Legend} session=${session} />
      ${isOpen && html`<${Outline} session=${session} />`}
    </div>
    <${Twin} session=${session} />
  </div>`;
}

/** @param {{ icon: string, label: string, act: () => void }} props */
const Tool = ({ icon, label, act }) =>
  html`<button type="button" class="quiet" aria-label=${label} title=${label} onClick=${act}>
    <${Icon} name=${icon} />
  </button>`;

/** @param {Session} session */
async function savePng(session) {
  const blob = await stage.value?.snapshot();
  if (!blob) return;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = `kineograph-pass-${session.page.value?.n ?? 0}.png`;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** Which pass is on show. @param {{ session: Session }} props */
function Caption({ session }) {
  const page = session.page.value;
  if (!page) return null;
  void session.clock.length.value;
  return html`<p class="caption">
    <strong>${t('graph.pass', { n: page.n })}</strong>
    ${page.kind && html`<span>${word('graph.kind', page.kind)}</span>`}
    <span>${t('passes.ops', { n: page.ops.length })}</span>
  </p>`;
}

/** Where the code is out of view, the picture says that something went wrong. @param {{ session: Session }} props */
function Alarm({ session }) {
  const { error } = session.trace.value;
  const problem = session.problem.value;
  const reached = error && session.now.value > error.at;
  if (!single.value || (!reached && !problem)) return null;
  const text = problem ? problem.message : `${error?.exception}: ${error?.message}`;
  return html`<button type="button" class="alarm" onClick=${() => show('code')}>
    <${Icon} name="warning" /><span>${text}</span>
  </button>`;
}

/** @param {{ session: Session }} props */
function Empty({ session }) {
  const status = session.status.value;
  const trace = session.trace.value;
  const nothing = session.clock.length.value === 0 || trace.passes.length === 0;
  if (!nothing) return null;
  if (session.busy.value)
    return html`<div class="stage-empty" role="status">
      <span class="dots" aria-hidden="true"><i></i><i></i><i></i></span>
      <p>${status === 'queued' ? word('status', 'queued') : t('graph.waiting')}</p>
    </div>`;
  if (status === 'finished')
    return html`<div class="stage-empty">
      <h2>${t('graph.noops.title')}</h2>
      <p>${t('graph.noops.body')}</p>
    </div>`;
  if (status !== 'idle' || session.readOnly) return null;
  return html`<div class="stage-empty">
    <button type="button" class="start" onClick=${() => session.start()}>
      <${Icon} name="play" />${t('run.run')}
    </button>
    <p>${t('graph.empty.body')}</p>
  </div>`;
}

/** @type {[string, import('../i18n/index.js').Key][]} */
const legend = [
  ['op', 'legend.op'],
  ['grad', 'legend.grad'],
  ['param', 'legend.param'],
  ['input', 'legend.input'],
  ['const', 'legend.const'],
  ['buffer', 'legend.buffer'],
  ['nograd', 'legend.nograd'],
  ['bad', 'legend.bad'],
];

/** @param {{ session: Session }} props */
function Legend({ session }) {
  const page = session.page.value;
  if (!page) return null;
  return html`<details class="legend">
    <summary>${t('graph.legend')}</summary>
    <ul>
      ${legend.map(
        ([name, says]) =>
          html`<li key=${name}>
            <span class=${`swatch swatch-${name}`} aria-hidden="true"></span
            >${t(/** @type {'legend.op'} */ (says))}
          </li>`,
      )}
    </ul>
  </details>`;
}
