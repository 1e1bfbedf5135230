// @ts-check
/** What the script has printed up to the step on show. */
import { t } from '../i18n/index.js';
import { html, useLayoutEffect, useRef } from './html.js';

/** More than this is not put into the page at once; the end of it is what is being read. */
const MOST_CHARACTERS = 100_000;

/** @param {{ session: import('../session.js').Session }} props */
export function Output({ session }) {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const trace = session.trace.value;
  const now = session.now.value;
  const pieces = merge(lastOf(trace.outputText(now)));
  const omitted = trace.omitted.filter(({ at }) => at < now);
  const length = pieces.reduce((sum, { text }) => sum + text.length, 0);

  useLayoutEffect(() => {
    const element = box.current;
    if (element) element.scrollTop = element.scrollHeight;
  }, [length, omitted.length]);

  if (pieces.length === 0 && omitted.length === 0) return html`<p class="empty">${t('output.empty')}</p>`;
  return html`<div class="output" ref=${box} role="log" aria-label=${t('output.label')} tabindex="0">
    <pre>
${pieces.map(({ stream, text }) =>
        stream === 'stderr' ? html`<span class="stderr" title=${t('output.stderr')}>${text}</span>` : text,
      )}</pre>
    ${omitted.map(
      ({ count, what, reason }) =>
        html`<p class="omitted">${t('output.omitted', { n: count, what, reason })}</p>`,
    )}
  </div>`;
}

/**
 * Joins what follows each other on the same stream.
 *
 * @param {{ stream: 'stdout' | 'stderr', text: string }[]} pieces
 */
export function merge(pieces) {
  /** @type {{ stream: 'stdout' | 'stderr', text: string }[]} */
  const merged = [];
  for (const { stream, text } of pieces) {
    const last = merged.at(-1);
    if (last?.stream === stream) last.text += text;
    else merged.push({ stream, text });
  }
  return merged;
}

/** @param {{ stream: 'stdout' | 'stderr', text: string }[]} pieces */
function lastOf(pieces) {
  const kept = [];
  let room = MOST_CHARACTERS;
  for (let i = pieces.length - 1; i >= 0 && room > 0; i -= 1) {
    kept.unshift({ ...pieces[i], text: pieces[i].text.slice(-room) });
    room -= pieces[i].text.length;
  }
  return kept;
}
