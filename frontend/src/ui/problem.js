// @ts-check
/** What went wrong, where, and what to try: an exception, a killed run, or a request that was refused. */
import { t } from '../i18n/index.js';
import { editor } from './editor/current.js';
import { html } from './html.js';
import { Icon } from './icons.js';
import { formatShape } from './numbers.js';

/** @typedef {import('../session.js').Session} Session */

/** @param {{ session: Session }} props */
export function Problem({ session }) {
  if (session.stale.value) return null;
  const { error } = session.trace.value;
  const status = session.status.value;
  // Reading the clock makes the card come when the picture gets there, not before.
  const reached = session.now.value >= session.clock.length.value || !session.clock.playing.value;
  if (session.problem.value) return html`<${Refused} problem=${session.problem.value} />`;
  if (error && session.now.value > error.at)
    return html`<${Exception} error=${error} trace=${session.trace.value} />`;
  if (status === 'killed' && reached)
    return html`<${Ended} title=${t('error.killed.title')} session=${session} />`;
  if (status === 'cancelled' && reached)
    return html`<${Ended} title=${t('error.cancelled.title')} session=${session} />`;
  return null;
}

/** @param {{ problem: import('../api/client.js').Problem }} props */
function Refused({ problem }) {
  const missing = problem.status === 404;
  const line = Number(problem.details.line) || null;
  return html`<section class="problem" role="alert">
    <h3>
      <${Icon}
        name="warning"
      />${missing ? t('error.missing.title') : problem.title || t('error.refused.title')}
    </h3>
    <p>${missing ? t('error.missing.body') : problem.message}</p>
    ${line && html`<${LineButton} line=${line} />`}
    ${typeof problem.details.hint === 'string' && html`<${Hint} text=${problem.details.hint} />`}
  </section>`;
}

/** @param {{ title: string, session: Session }} props */
function Ended({ title, session }) {
  return html`<section class="problem is-mild" role="alert">
    <h3><${Icon} name="warning" />${title}</h3>
    <p>${session.reason.value} ${session.trace.value.passes.length > 0 && t('error.partial')}</p>
  </section>`;
}

/** @param {{ error: import('../protocol/schema.js').Error, trace: import('../model/trace.js').Trace }} props */
function Exception({ error, trace }) {
  const frames = error.traceback ?? [];
  return html`<section class="problem" role="alert">
    <h3>
      <${Icon} name="warning" />${t('error.title', { exception: error.exception })}
      ${error.line && html`<${LineButton} line=${error.line} />`}
    </h3>
    <p class="problem-message">${error.message}</p>
    ${error.op && html`<${Failed} op=${error.op} trace=${trace} />`}
    ${error.hint && html`<${Hint} text=${error.hint} />`}
    ${
      frames.length > 1 &&
      html`<details>
        <summary>${t('error.traceback')}</summary>
        <ol class="frames">
          ${frames.map(
            (frame) =>
              html`<li>
                <button type="button" onClick=${() => editor.value?.goTo(frame.line)}>
                  ${t('error.frame', { line: frame.line, function: frame.function })}<code
                    >${frame.text}</code
                  >
                </button>
              </li>`,
          )}
        </ol>
      </details>`
    }
    ${trace.passes.length > 0 && html`<p class="note">${t('error.partial')}</p>`}
  </section>`;
}

/** @param {{ text: string }} props */
const Hint = ({ text }) => html`<p class="hint"><strong>${t('error.hint')}</strong> ${text}</p>`;

/** @param {{ line: number }} props */
const LineButton = ({ line }) =>
  html`<button
    type="button"
    class="line-link"
    aria-label=${t('error.goto', { line })}
    onClick=${() => editor.value?.goTo(line)}
  >
    ${t('error.atLine', { line })}
  </button>`;

/** The op that could not run, with the shapes that it was given. @param {{ op: import('../protocol/schema.js').FailedOp, trace: import('../model/trace.js').Trace }} props */
function Failed({ op, trace }) {
  return html`<dl class="failed-op">
    <dt>${t('error.shapes')}</dt>
    <dd>
      <code>${op.name}</code>(${op.shapes.map((shape, i) => {
        const id = op.inputs[i]?.tensor;
        const name = id ? (trace.tensor(id)?.name ?? '') : '';
        return html`${i > 0 && ', '}<span
            >${name && html`<code>${name}</code> `}${shape ? formatShape(shape) : t('error.scalar')}</span
          >`;
      })})
    </dd>
  </dl>`;
}
