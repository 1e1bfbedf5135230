// @ts-check
/** Formulas, typeset by KaTeX; loaded when the first formula is shown. */
import { html, useEffect, useRef, useState } from './html.js';

/** @type {Promise<typeof import('katex').default> | null} */
let loading = null;
const load = () =>
  (loading ??= Promise.all([import('katex'), import('katex/dist/katex.min.css')]).then(
    ([module]) => module.default,
  ));

/** @param {{ tex: string, display?: boolean }} props */
export function Formula({ tex, display = false }) {
  const host = useRef(/** @type {HTMLSpanElement | null} */ (null));
  const [ready, setReady] = useState(false);
  useEffect(() => {
    let gone = false;
    load().then(
      (katex) => {
        if (gone || !host.current) return;
        katex.render(tex, host.current, { displayMode: display, throwOnError: false, strict: false });
        setReady(true);
      },
      () => {}, // the source of the formula stays, which can be read too
    );
    return () => {
      gone = true;
    };
  }, [tex, display]);
  return html`<span class="formula"><span ref=${host}></span>${!ready && html`<code>${tex}</code>`}</span>`;
}
