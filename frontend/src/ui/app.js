// @ts-check
/** The whole page: top bar, panels, the time bar under the graph. */
import { t } from '../i18n/index.js';
import { Door } from './door.js';
import { Help } from './help.js';
import { html } from './html.js';
import { places, single, width } from './layout.js';
import { Narrator } from './narrator.js';
import { Panel, Tabs } from './panel.js';
import { panels } from './panels.js';
import { QuietBar } from './quietbar.js';
import { Share } from './share.js';
import { Splitter } from './splitter.js';
import { TimeBar } from './timebar.js';
import { TopBar } from './topbar.js';
import { Tour } from './tour.js';

/** @param {{ session: import('../session.js').Session }} props */
export function App({ session }) {
  const place = places.value;
  const shown = Object.keys(place).find((id) => place[id].shown) ?? 'graph';
  return html`
    <a class="skip" href="#panel-graph">${t('app.skip')}</a>
    ${session.readOnly ? html`<${QuietBar} session=${session} />` : html`<${TopBar} session=${session} />`}
    <main class="workspace" data-width=${width.value}>
      ${panels.filter(({ id }) => place[id]).map((row) => html`<${Panel} key=${row.id} row=${row} session=${session} />`)}
      <${TimeBar} session=${session} />
      ${
        single.value
          ? html`<nav class="foot-tabs"><${Tabs} tabs=${place.graph.tabs} current=${shown} /></nav>`
          : html`<${Splitter} name="left" /> ${width.value === 'wide' && html`<${Splitter} name="right" />`}
              <${Splitter} name="foot" />`
      }
    </main>
    <${Help} />
    ${!session.readOnly && html`<${Door} /><${Share} session=${session} /><${Tour} session=${session} />`}
    <${Narrator} session=${session} />
  `;
}
