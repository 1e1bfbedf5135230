// @ts-check
/** The loss over the passes. A click on a point goes to its pass. */
import { t } from '../i18n/index.js';
import { html, useEffect, useRef, useState } from './html.js';
import { lazy } from './lazy.js';
import { formatNumber, toFloat } from './numbers.js';
import { theme } from './theme.js';

/** @typedef {import('../session.js').Session} Session */

const plotting = lazy(() => import('./plot.js'));

/** @param {{ session: Session }} props */
export function Chart({ session }) {
  const host = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [plot, setPlot] = useState(/** @type {import('./plot.js').Plot | null} */ (null));
  const trace = session.trace.value;
  void session.clock.length.value; // drawn again as the run grows
  const pages = trace.passes.filter((page) => page.loss !== null && page.endAt !== null);
  const any = pages.length > 0;
  const page = session.page.value;
  const dark = theme.value;

  useEffect(() => {
    if (!any) return undefined;
    let gone = false;
    /** @type {import('./plot.js').Plot | null} */
    let made = null;
    plotting().then(({ createPlot }) => {
      if (gone || !host.current) return;
      made = createPlot(host.current, { onPick: (n) => session.goToPass(n) });
      setPlot(made);
    });
    return () => {
      gone = true;
      made?.destroy();
      setPlot(null);
    };
  }, [any, dark, session]);

  useEffect(() => {
    plot?.draw(
      pages.map(({ n }) => n),
      pages.map(({ loss }) => toFloat(loss)),
    );
  }, [plot, pages.length, trace]);
  useEffect(
    () => plot?.point(page && page.loss !== null ? page.n : null),
    [plot, page, page?.loss, pages.length],
  );

  if (!any) return html`<p class="empty">${t('chart.empty')}</p>`;
  const label = t('chart.label', {
    n: pages.length,
    first: formatNumber(pages[0].loss),
    last: formatNumber(pages[pages.length - 1].loss),
  });
  return html`<div class="chart" role="img" aria-label=${label} ref=${host}></div>`;
}
