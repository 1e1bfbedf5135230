// @ts-check
/** Play, pause, step, flip, speed, live. */
import { SPEEDS } from '../clock/clock.js';
import { t } from '../i18n/index.js';
import { html, useSignalEffect } from './html.js';
import { Icon } from './icons.js';
import { auto, setSpeed, pace } from './pace.js';

/** @typedef {import('../session.js').Session} Session */

/** @param {{ session: Session }} props */
export function Transport({ session }) {
  const { clock } = session;
  const playing = clock.playing.value && session.clock.length.value > 0;
  const empty = clock.length.value === 0;
  useSignalEffect(() => pace(session));

  /** @param {string} icon @param {import('../i18n/index.js').Key} says @param {() => void} act @param {string} [kind] */
  const button = (icon, says, act, kind = '') =>
    html`<button
      type="button"
      class=${`quiet ${kind}`}
      aria-label=${t(/** @type {'transport.play'} */ (says))}
      title=${t(/** @type {'transport.play'} */ (says))}
      disabled=${empty}
      onClick=${act}
    >
      <${Icon} name=${icon} />
    </button>`;

  return html`<div class="transport" role="group" aria-label=${t('transport.label')}>
    ${button('previousPass', 'transport.previousPass', () => flip(session, -1))}
    ${button('back', 'transport.back', () => clock.step(-1))}
    ${
      playing
        ? button('pause', 'transport.pause', () => clock.pause(), 'main')
        : button('play', 'transport.play', () => clock.play(), 'main')
    }
    ${button('forward', 'transport.forward', () => clock.step(1))}
    ${button('nextPass', 'transport.nextPass', () => flip(session, 1))}
    <${Speed} session=${session} />
    <${Live} session=${session} />
  </div>`;
}

/** Goes some passes on; the selection goes along. @param {Session} session @param {number} by */
export function flip(session, by) {
  session.clock.stepPass(by);
  session.followSelection();
}

/** @param {{ session: Session }} props */
function Speed({ session }) {
  const speed = session.clock.speed.value;
  const value = auto.value ? 'auto' : String(speed);
  return html`<label class="speed" title=${t('transport.speed')}>
    <span class="unseen">${t('transport.speed')}</span>
    <select
      value=${value}
      onChange=${(/** @type {Event} */ event) =>
        setSpeed(session, /** @type {HTMLSelectElement} */ (event.target).value)}
    >
      <option value="auto">${t('transport.speed.auto')}</option>
      ${SPEEDS.map(
        (n) =>
          html`<option key=${n} value=${String(n)}>
            ${n === Infinity ? t('transport.speed.instant') : t('transport.speed.steps', { n })}
          </option>`,
      )}
    </select>
  </label>`;
}

/** @param {{ session: Session }} props */
function Live({ session }) {
  const { clock } = session;
  const running = session.busy.value;
  const atEnd = clock.position.value >= clock.length.value;
  const on = running ? clock.following.value : atEnd && clock.length.value > 0;
  return html`<button
    type="button"
    class=${`quiet live ${running && on ? 'is-live' : ''}`}
    title=${running ? t('transport.followTip') : t('transport.end')}
    aria-label=${running ? t('transport.follow') : t('transport.end')}
    disabled=${clock.length.value === 0 || (!running && atEnd)}
    onClick=${() => clock.follow()}
  >
    ${
      running
        ? html`<span class="live-mark" aria-hidden="true"></span>${t('transport.follow')}`
        : html`<${Icon} name="end" />`
    }
  </button>`;
}
