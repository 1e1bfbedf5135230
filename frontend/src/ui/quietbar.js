// @ts-check
/** The bar above a run in a frame of another page, or in a file: how it goes, and the way to the whole page. */
import { write } from '../address.js';
import { t } from '../i18n/index.js';
import { html, useState } from './html.js';
import { Icon, Mark } from './icons.js';
import { recorded } from '../recorded.js';
import { placeOf } from './place.js';
import { Status } from './status.js';
import { Language, Theme } from './topbar.js';

/** @param {{ session: import('../session.js').Session }} props */
export function QuietBar({ session }) {
  const run = session.runId.value;
  const [href, setHref] = useState('/');
  // The link is made when it is about to be followed, so that it leads to the step then on show.
  const aim = () => void placeOf(session).then((place) => setHref(write(place)));
  return html`<header class="quiet-bar">
    <span class="brand"
      ><${Mark} />
      <h1>${t('app.name')}</h1></span
    >
    <${Status} session=${session} />
    ${
      recorded
        ? html`<div class="topbar-end"><${Language} /><${Theme} /></div>`
        : run !== null &&
          html`<a
            class="open-whole"
            href=${href === '/' ? `/runs/${encodeURIComponent(run)}` : href}
            target="_blank"
            rel="noopener"
            onFocus=${aim}
            onPointerEnter=${aim}
            >${t('embed.open')} <${Icon} name="link"
          /></a>`
    }
  </header>`;
}
