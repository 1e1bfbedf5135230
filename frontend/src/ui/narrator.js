// @ts-check
/** Says in words what each step did, for those who do not see it; at most a line a second. */
import { useEffect, useState, html } from './html.js';
import { describe } from './describe.js';

const EVERY_MS = 1000;

/** @param {{ session: import('../session.js').Session }} props */
export function Narrator({ session }) {
  const [text, setText] = useState('');
  useEffect(() => {
    let timer = 0;
    let spoken = 0;
    const say = () => {
      timer = 0;
      spoken = performance.now();
      setText(describe(session.trace.value, session.now.value));
    };
    const stop = session.now.subscribe(() => {
      if (!timer) timer = window.setTimeout(say, Math.max(0, spoken + EVERY_MS - performance.now()));
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [session]);
  return html`<p class="unseen" id="narrator" aria-live="polite">${text}</p>`;
}
