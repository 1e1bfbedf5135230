// @ts-check
/** The second stage: the same script's run in the other mode, and what a static run does not do again, each at its line. */
import { follow } from '../api/stream.js';
import { t } from '../i18n/index.js';
import { counterTime, notesOf } from '../model/twin.js';
import { html, useEffect, useRef, useSignalEffect, useState } from './html.js';

/** @typedef {import('../model/twin.js').Note} Note */

const LEAD_MS = 150;

/** @param {{ session: import('../session.js').Session }} props */
export function Twin({ session }) {
  const twin = session.twin.value;
  const frame = useRef(/** @type {HTMLIFrameElement | null} */ (null));
  const [notes, setNotes] = useState(/** @type {Note[]} */ ([]));
  useEffect(() => {
    setNotes([]);
    if (twin === null) return undefined;
    const gone = new AbortController();
    let said = '';
    void follow(twin, {
      signal: gone.signal,
      onState: () => {},
      onEvents: (events) => {
        for (const event of events)
          if (event.type === 'output' && event.stream === 'stderr') said += event.text;
        setNotes(notesOf(said));
      },
    }).catch(() => {}); // the frame itself says what went wrong
    return () => gone.abort();
  }, [twin]);
  // The page in the frame is this very page: its clock is led by this one's.
  const lead = () => {
    const now = session.now.value;
    const other = /** @type {any} */ (frame.current?.contentWindow)?.__kineograph;
    if (!other) return;
    const there = counterTime(session.trace.value, now, other.trace);
    if (other.clock.playing.value || other.clock.position.value !== there) other.clock.seek(there);
  };
  useSignalEffect(lead);
  useEffect(() => {
    if (twin === null) return undefined;
    const timer = setInterval(lead, LEAD_MS); // the frame's events may come after this clock stands still
    return () => clearInterval(timer);
  }, [twin]);
  if (twin === null) return null;
  return html`<section class="twin" aria-label=${t('twin.label')}>
    <p class="twin-title">${t('twin.label')}</p>
    <iframe
      ref=${frame}
      src=${`/embed/${encodeURIComponent(twin)}#panel=graph`}
      title=${t('twin.label')}
      onLoad=${() => frame.current?.contentDocument?.documentElement.classList.add('is-led')}
    ></iframe>
    ${
      notes.length > 0 &&
      html`<ul class="twin-notes">
        ${notes.map(
          ({ line, text }) =>
            html`<li>
              ${
                line !== null &&
                html`<button type="button" onClick=${() => session.selectLine(line)}>
                  ${t('twin.line', { line })}
                </button>`
              }${' '}${text}
            </li>`,
        )}
      </ul>`
    }
  </section>`;
}
