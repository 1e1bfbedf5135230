// @ts-check
/** The chain rule at an op, with this run's numbers: what came in, the local rule, what was sent back to each input. */
import { t } from '../../i18n/index.js';
import { html } from '../html.js';
import { Formula } from '../math.js';
import { formatShape } from '../numbers.js';
import { Elements } from './elements.js';
import { operandName } from './names.js';
import { inputRule } from './rules.js';
import { ValueView } from './value.js';

/** @import {Trace} from '../../model/trace.js' */
/** @import {OpRecord} from '../../protocol/wire' */
/** @typedef {import('./rules.js').OpRule} OpRule */

/** @param {{ trace: Trace, op: OpRecord, rule: OpRule | undefined, now: number, run: string | null }} props */
export function Chain({ trace, op, rule, now, run }) {
  const done = op.vjps.filter((vjp) => vjp.at < now);
  if (done.length === 0) return html`<p class="note">${t('inspect.chain.none')}</p>`;
  return done.map(
    (vjp) =>
      html`<div class="chain" key=${vjp.at}>
        ${
          vjp.upstream.length === 1
            ? html`<p class="chain-step is-upstream">
                <${Formula} tex="\\bar y" />${' '}${t('inspect.chain.above')}
              </p>`
            : vjp.upstream.map((value, slot) => {
                const tensor = trace.tensor(op.outputs[slot]);
                return (
                  value &&
                  html`<div class="chain-step is-upstream" key=${slot}>
                    <h4><${Formula} tex=${`\\bar y_{${slot + 1}}`} />${' '}${t('inspect.chain.upstream')}</h4>
                    <${ValueView}
                      value=${value}
                      shape=${tensor?.shape ?? []}
                      dtype=${tensor?.dtype ?? ''}
                      run=${run}
                      source=${`${op.outputs[slot]}:grad`}
                    />
                  </div>`
                );
              })
        }
        ${vjp.contributions.map(({ input, value, summed_from: summedFrom }) => {
          const operand = op.inputs[input];
          const tensor = operand?.tensor ? trace.tensor(operand.tensor) : undefined;
          const edge = inputRule(rule, input);
          return html`<div class="chain-step is-downstream" key=${input}>
            <h4>
              ${t('inspect.chain.downstream', { to: operand ? operandName(trace, operand) : `#${input}` })}
            </h4>
            ${edge?.rule && html`<p class="chain-rule"><${Formula} tex=${`\\bar ${latexName(edge.name)} = ${edge.rule}`} /></p>`}
            <${Elements}
              key=${`${vjp.at}.${input}`}
              trace=${trace}
              op=${op}
              vjp=${vjp}
              contribution=${{ input, value }}
              run=${run}
            />
            <${ValueView}
              value=${value}
              shape=${tensor?.shape ?? []}
              dtype=${tensor?.dtype ?? ''}
              run=${run}
              source=${`${op.id}:vjp.${input}`}
            />
            ${
              summedFrom &&
              html`<p class="note">
                ${t('inspect.chain.summed', { from: formatShape(summedFrom), to: formatShape(tensor?.shape ?? []) })}
              </p>`
            }
          </div>`;
        })}
      </div>`,
  );
}

/** An input's name as LaTeX: one letter as it is, a word upright. @param {string} name */
export const latexName = (name) => (name.length === 1 ? name : `{\\mathrm{${name.replaceAll('_', '\\_')}}}`);
