// @ts-check
/** The bar above all: examples, Run, device, what the run is doing, and the page's own settings. */
import { language, languages, speak, t, word } from '../i18n/index.js';
import { Device } from './device.js';
import { Examples } from './examples.js';
import { openHelp } from './help.js';
import { html } from './html.js';
import { Icon, Mark } from './icons.js';
import { Mode } from './mode.js';
import { presenting, togglePresenting } from './presenter.js';
import { openShare } from './share.js';
import { Status } from './status.js';
import { choice, choices, choose } from './theme.js';

/** @typedef {{ session: import('../session.js').Session }} Props */

/** @param {Props} props */
export function TopBar({ session }) {
  return html`<header class="topbar">
    <a class="brand" href="/" aria-label=${t('app.name')}
      ><${Mark} />
      <h1>${t('app.name')}</h1></a
    >
    <${Examples} session=${session} />
    <${RunButton} session=${session} />
    <${Mode} session=${session} />
    <${Device} session=${session} />
    <${Status} session=${session} />
    <div class="topbar-end">
      <${ShareButton} session=${session} />
      <button
        type="button"
        class="quiet present"
        aria-pressed=${presenting.value}
        aria-label=${t('present.start')}
        title=${t('keys.present')}
        onClick=${togglePresenting}
      >
        <${Icon} name="present" />
      </button>
      <${Language} />
      <${Theme} />
      <button
        type="button"
        class="quiet"
        aria-label=${t('help.open')}
        title=${t('help.open')}
        onClick=${openHelp}
      >
        <${Icon} name="help" />
      </button>
    </div>
  </header>`;
}

/** @param {Props} props */
function RunButton({ session }) {
  const busy = session.busy.value;
  return html`<button
    type="button"
    class=${`run ${busy ? 'is-busy' : ''}`}
    title=${busy ? t('run.stopTip') : t('run.runTip')}
    onClick=${() => (busy ? session.cancel() : session.start())}
  >
    <${Icon} name=${busy ? 'stop' : 'play'} />${busy ? t('run.stop') : t('run.run')}
  </button>`;
}

/** @param {Props} props */
function ShareButton({ session }) {
  return html`<button
    type="button"
    class="quiet share"
    disabled=${session.runId.value === null}
    title=${session.runId.value === null ? t('share.none') : t('share.tip')}
    aria-haspopup="dialog"
    onClick=${openShare}
  >
    <${Icon} name="link" /><span class="label">${t('share.open')}</span>
  </button>`;
}

/** Names the language that a click brings, in that language. */
export function Language() {
  const codes = Object.keys(languages);
  const next = codes[(codes.indexOf(language) + 1) % codes.length];
  const { name } = languages[next];
  return html`<button
    type="button"
    class="quiet language"
    lang=${next}
    aria-label=${`${t('language.label')}: ${name}`}
    title=${name}
    onClick=${() => speak(next)}
  >
    ${name}
  </button>`;
}

const icons = { system: 'system', light: 'sun', dark: 'moon' };

export function Theme() {
  const now = choice.value;
  const next = choices[(choices.indexOf(now) + 1) % choices.length];
  const label = `${t('theme.label')}: ${word('theme', now)}`;
  return html`<button
    type="button"
    class="quiet"
    aria-label=${label}
    title=${label}
    onClick=${() => choose(next)}
  >
    <${Icon} name=${icons[now]} />
  </button>`;
}
