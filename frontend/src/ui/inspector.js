// @ts-check
/** All about the selected op or tensor, as it is at the step on show. */
import { t, word } from '../i18n/index.js';
import { gradAt } from '../model/trace.js';
import { editor } from './editor/current.js';
import { html, useEffect } from './html.js';
import { Chain, latexName } from './inspector/chain.js';
import { Facts } from './inspector/facts.js';
import { operandName, tensorName } from './inspector/names.js';
import { askRules, inputRule, rules } from './inspector/rules.js';
import { ValueView } from './inspector/value.js';
import { Why } from './inspector/why.js';
import { Formula } from './math.js';
import { formatNumber, formatShape } from './numbers.js';

/** @typedef {import('../session.js').Session} Session */
/** @import {Trace} from '../model/trace.js' */
/** @import {OpRecord, TensorRecord} from '../protocol/wire' */

/** @param {{ session: Session }} props */
export function Inspector({ session }) {
  const id = session.selection.value;
  const trace = session.trace.value;
  void session.clock.length.value;
  const tensor = id === null ? undefined : trace.tensor(id);
  // A tensor that an op made is shown together with the op, and an op with its first output.
  const op =
    id === null ? undefined : (trace.op(id) ?? (tensor?.madeBy ? trace.op(tensor.madeBy) : undefined));
  useEffect(() => {
    if (op) askRules();
  }, [op]);

  if (id === null || (!op && !tensor))
    return html`<div class="empty">
      <h3>${t('inspect.empty.title')}</h3>
      <p>${t('inspect.empty.body')}</p>
    </div>`;
  return html`<${Details}
    key=${id}
    session=${session}
    op=${op}
    tensor=${tensor ?? firstOutput(trace, op)}
  />`;
}

/** @param {Trace} trace @param {OpRecord | undefined} op */
const firstOutput = (trace, op) => (op ? trace.tensor(op.outputs[0]) : undefined);

/** @param {{ session: Session, op: OpRecord | undefined, tensor: TensorRecord | undefined }} props */
function Details({ session, op, tensor }) {
  const trace = session.trace.value;
  const now = session.now.value;
  const run = session.runId.value;
  const held = tensor?.values.filter(({ at }) => at < now).at(-1);
  const rule = op && rules.value?.get(op.name);
  /** @param {string} id */
  const select = (id) => session.select(id);

  return html`<article class="details">
    <${Title} session=${session} op=${op} tensor=${tensor} />
    ${
      tensor &&
      html`<section class="is-value">
          <h3>${t('inspect.value')} <small>${formatShape(tensor.shape)} · ${tensor.dtype}</small></h3>
          ${
            held
              ? html`<${ValueView}
                  value=${held.value}
                  shape=${tensor.shape}
                  dtype=${tensor.dtype}
                  run=${run}
                  source=${held.version ? `${tensor.id}@${held.version}` : tensor.id}
                />`
              : html`<p class="note">${t('inspect.notYet')}</p>`
          }
          <${Why} trace=${trace} tensor=${tensor} now=${now} about="value" onSelect=${select} />
        </section>
        <${Gradient} trace=${trace} tensor=${tensor} now=${now} run=${run} onSelect=${select} />`
    }
    ${op && rule && html`<${Formulas} rule=${rule} />`}
    ${
      op &&
      op.phase === 'forward' &&
      tensor?.requiresGrad &&
      html`<section class="is-grad">
        <h3>${t('inspect.chain')}</h3>
        <${Chain} trace=${trace} op=${op} rule=${rule} now=${now} run=${run} />
      </section>`
    }
    ${tensor && html`<${Shares} trace=${trace} tensor=${tensor} now=${now} onSelect=${select} />`}
    ${op && html`<${Inputs} trace=${trace} op=${op} rule=${rule} onSelect=${select} />`}
    ${tensor && html`<${Users} session=${session} tensor=${tensor} onSelect=${select} />`}
    <section>
      <h3>${t('inspect.facts')}</h3>
      <${Facts} trace=${trace} op=${op} tensor=${tensor} version=${held?.version ?? 0} onSelect=${select} />
    </section>
  </article>`;
}

/** @param {{ session: Session, op: OpRecord | undefined, tensor: TensorRecord | undefined }} props */
function Title({ session, op, tensor }) {
  const trace = session.trace.value;
  const site = op ? trace.site(op.site) : undefined;
  const name = tensor ? tensorName(trace, tensor.id) : (op?.name ?? '');
  const kind = op ? op.name : word('inspect.kind', tensor?.kind ?? 'intermediate');
  return html`<header class="details-head" data-kind=${op ? 'op' : tensor?.kind}>
    <h3>${name} ${kind !== name && html`<span class="tag">${kind}</span>`}</h3>
    ${
      site &&
      html`<button
        type="button"
        class="source"
        title=${t('inspect.showLine', { line: site.line })}
        onClick=${() => editor.value?.goTo(site.line)}
      >
        <span>${t('inspect.line', { line: site.line })}</span><code>${site.text}</code>
      </button>`
    }
  </header>`;
}

/** @param {{ trace: Trace, tensor: TensorRecord, now: number, run: string | null, onSelect: (id: string) => void }} props */
function Gradient({ trace, tensor, now, run, onSelect }) {
  const value = gradAt(trace, tensor.id, now);
  const last = tensor.grads.filter(({ at }) => at < now).at(-1);
  return html`<section class="is-grad">
    <h3>${t('inspect.gradient')}</h3>
    ${
      value
        ? html`<${ValueView}
              value=${value}
              shape=${tensor.shape}
              dtype=${tensor.dtype}
              run=${run}
              source=${`${tensor.id}:grad`}
              at=${last && trace.events[last.at].seq}
            />${last?.accumulated && html`<p class="note">${t('inspect.accumulated')}</p>`}`
        : html`<p class="not-computed"><span aria-hidden="true">–</span> ${t('inspect.noGradient')}</p>`
    }
    <${Why} trace=${trace} tensor=${tensor} now=${now} about="grad" onSelect=${onSelect} />
  </section>`;
}

/** @param {{ rule: import('./inspector/rules.js').OpRule }} props */
function Formulas({ rule }) {
  const edges = rule.inputs.filter((edge) => edge.rule !== null);
  return html`<section>
    <h3>${t('inspect.formula')}</h3>
    ${
      rule.formula
        ? html`<p class="equation">
            <${Formula} tex=${/=/.test(rule.formula) ? rule.formula : `y = ${rule.formula}`} display />
          </p>`
        : html`<p class="note">${t('inspect.noFormula')}</p>`
    }
    ${
      edges.length > 0 &&
      html`<h4>${t('inspect.rules')}</h4>
        <ul class="rules">
          ${edges.map(
            (edge) =>
              html`<li key=${edge.name}>
                <${Formula} tex=${`\\bar ${latexName(edge.name)} = ${edge.rule}`} />
              </li>`,
          )}
        </ul>`
    }
  </section>`;
}

/**
 * Where a tensor is used more than once, its gradient is a sum: the parts of it.
 *
 * @param {{ trace: Trace, tensor: TensorRecord, now: number, onSelect: (id: string) => void }} props
 */
function Shares({ trace, tensor, now, onSelect }) {
  const backward = Math.max(
    0,
    ...tensor.usedBy.flatMap(
      (id) =>
        trace
          .op(id)
          ?.vjps.filter(({ at }) => at < now)
          .map((vjp) => vjp.backward) ?? [],
    ),
  );
  const parts = tensor.usedBy.flatMap((id) => {
    const op = /** @type {OpRecord} */ (trace.op(id));
    return op.vjps
      .filter((vjp) => vjp.backward === backward && vjp.at < now)
      .flatMap((vjp) =>
        vjp.contributions
          .filter(({ input }) => op.inputs[input]?.tensor === tensor.id)
          .map((contribution) => ({ op, contribution })),
      );
  });
  if (parts.length < 2) return null;
  return html`<section class="is-grad">
    <h3>${t('inspect.chain.sum')}</h3>
    <ul class="links">
      ${parts.map(
        ({ op, contribution }) =>
          html`<li>
            <button type="button" onClick=${() => onSelect(op.id)}>
              <span>${op.name}</span><small>${brief(contribution.value, tensor.dtype)}</small>
            </button>
          </li>`,
      )}
    </ul>
  </section>`;
}

/** A value in one word. @param {import('../protocol/schema.js').Value} value @param {string} dtype */
function brief(value, dtype) {
  if (value.data?.length === 1) return formatNumber(value.data[0], { dtype });
  const norm = value.summary
    ? value.summary.norm
    : Math.sqrt((value.data ?? []).reduce((/** @type {number} */ sum, x) => sum + Number(x) ** 2, 0));
  return `‖·‖ ${formatNumber(norm, { digits: 3 })}`;
}

/** @param {{ trace: Trace, op: OpRecord, rule: import('./inspector/rules.js').OpRule | undefined, onSelect: (id: string) => void }} props */
function Inputs({ trace, op, rule, onSelect }) {
  if (op.inputs.length === 0) return null;
  return html`<section>
    <h3>${t('inspect.inputs')}</h3>
    <ul class="links">
      ${op.inputs.map((operand, i) => {
        const tensor = operand.tensor ? trace.tensor(operand.tensor) : undefined;
        const letter = inputRule(rule, i)?.name;
        const body = html`${letter && html`<var>${letter}</var>`}<span>${operandName(trace, operand)}</span>
          ${tensor && html`<small>${formatShape(tensor.shape)}</small>`}`;
        return html`<li>
          ${
            tensor
              ? html`<button type="button" onClick=${() => onSelect(tensor.id)}>${body}</button>`
              : html`<span class="link-plain">${body}</span>`
          }
        </li>`;
      })}
    </ul>
  </section>`;
}

/** More than this many users are not listed. */
const MOST_USERS = 12;

/** @param {{ session: Session, tensor: TensorRecord, onSelect: (id: string) => void }} props */
function Users({ session, tensor, onSelect }) {
  const trace = session.trace.value;
  const page = session.page.value;
  const ops = tensor.usedBy
    .map((id) => /** @type {OpRecord} */ (trace.op(id)))
    .filter((op) => op.pass === page?.n && op.at < session.now.value);
  return html`<section>
    <h3>${t('inspect.usedBy')}</h3>
    ${
      ops.length === 0
        ? html`<p class="note">${t('inspect.usedBy.none')}</p>`
        : html`<ul class="links">
            ${ops.slice(0, MOST_USERS).map(
              (op) =>
                html`<li key=${op.id}>
                  <button type="button" onClick=${() => onSelect(op.id)}>
                    <span>${op.name}</span
                    ><small>${t('inspect.line', { line: trace.lineOf(op) ?? 0 })}</small>
                  </button>
                </li>`,
            )}
            ${ops.length > MOST_USERS && html`<li class="note">${t('outline.more', { n: ops.length - MOST_USERS })}</li>`}
          </ul>`
    }
  </section>`;
}
