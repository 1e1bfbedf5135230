// @ts-check
/** Formulas, typeset by KaTeX; loaded when the first formula is shown. */
import { html, useEffect, useRef, useState } from './html.js';
import { lazy } from './lazy.js';

const load = lazy(() =>
  Promise.all([import('katex'), import('katex/dist/katex.min.css')]).then(([module]) => module.default),
);

/** @param {{ tex: string, display?: boolean }} props */
export function Formula({ tex, display = false }) {
  const host = useRef(/** @type {HTMLSpanElement | null} */ (null));
  const [ready, setReady] = useState(false);
  useEffect(() => {
    let gone = false;
    // Until it is there, the source of the formula is shown, which can be read too.
    load().then((katex) => {
      if (gone || !host.current) return;
      katex.render(tex, host.current, { displayMode: display, throwOnError: false, strict: false });
      setReady(true);
    });
    return () => {
      gone = true;
    };
  }, [tex, display]);
  return html`<span class="formula"><span ref=${host}></span>${!ready && html`<code>${tex}</code>`}</span>`;
}
