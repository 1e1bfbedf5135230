// @ts-check
/** What is wrong with the run, worst first: each with its line, its numbers, what to try; and the gradients' ranking. */
import { nameOf, shapeText } from '../alarms/reading.js';
import { t } from '../i18n/index.js';
import { lineUp } from '../model/shapes.js';
import { Flow } from './alarms/flow.js';
import { alarms } from './alarms/watch.js';
import { wordsOf } from './alarms/words.js';
import { editor } from './editor/current.js';
import { html } from './html.js';
import { Icon } from './icons.js';
import { LineUp } from './inspector/lineup.js';

/** @typedef {import('../session.js').Session} Session */
/** @typedef {import('../alarms/alarms.js').Alarm} Alarm */

/** How many there are, for the tab. */
export const alarmCount = () => (alarms.value.length ? String(alarms.value.length) : '');

/** @param {{ session: Session }} props */
export function Alarms({ session }) {
  const list = alarms.value;
  if (!list.length)
    return html`<div class="alarms">
      <div class="empty">
        <h3>${t('alarms.none.title')}</h3>
        <p>${t('alarms.none.body')}</p>
      </div>
      <${Flow} session=${session} />
    </div>`;
  return html`<div class="alarms">
    <ol class="alarm-list" aria-label=${t('alarms.count', { n: list.length })}>
      ${list.map((alarm) => html`<${Card} key=${`${alarm.kind}${alarm.at}`} session=${session} alarm=${alarm} />`)}
    </ol>
    <${Flow} session=${session} />
  </div>`;
}

/** Goes to where an alarm is about. @param {Session} session @param {Alarm} alarm */
export function goToAlarm(session, { at, op, tensor }) {
  session.clock.seek(at + 1);
  session.select(op ?? tensor ?? null);
}

/** @param {{ session: Session, alarm: Alarm }} props */
function Card({ session, alarm }) {
  const { title, says, tries } = wordsOf(alarm);
  const { level, line, at, passes, pass } = alarm;
  const later = at >= session.now.value;
  const total = session.trace.value.passes.length;
  return html`<li class=${`alarm-card is-${level}`}>
    <h3>
      <${Icon} name="warning" /><span
        >${title}<span class="unseen"> (${t(`alarm.level.${level}`)})</span></span
      >
      ${
        line !== null &&
        html`<button type="button" class="line-link" onClick=${() => editor.value?.goTo(line)}>
          ${t('inspect.line', { line })}
        </button>`
      }
    </h3>
    ${says.map((text) => html`<p>${text}</p>`)}
    ${alarm.kind === 'shape' && html`<${Operands} session=${session} alarm=${alarm} />`}
    ${tries.length > 0 && html`<p class="hint"><strong>${t('alarms.try')}</strong> ${tries.join(' · ')}</p>`}
    <p class="alarm-foot">
      ${
        (alarm.op || alarm.tensor || pass !== null) &&
        html`<button type="button" class="text-button" onClick=${() => goToAlarm(session, alarm)}>
          ${t('alarms.show')}
        </button>`
      }
      ${total > 1 && pass !== null && html`<span>${t('alarms.passes', { n: passes.length, first: pass })}</span>`}
      ${later && html`<span class="tag">${t('alarms.later')}</span>`}
    </p>
  </li>`;
}

/** The operands that could not go together: their dimensions, and where each came from. @param {{ session: Session, alarm: Alarm }} props */
function Operands({ session, alarm }) {
  const trace = session.trace.value;
  const { name, operands } = alarm.params;
  const lined = lineUp(
    name,
    operands.map((/** @type {any} */ operand) => operand.shape),
  );
  return html`${lined && html`<${LineUp} names=${operands.map((/** @type {any} */ o) => o.name)} lined=${lined} />`}
    <ul class="links">
      ${operands.map((/** @type {{ name: string, shape: number[], tensor: string | null }} */ operand) => {
        const tensor = operand.tensor ? trace.tensor(operand.tensor) : undefined;
        const maker = tensor?.madeBy ? trace.op(tensor.madeBy) : undefined;
        const line = maker ? trace.lineOf(maker) : null;
        const where = maker ? `${maker.name}${line ? `, ${t('inspect.line', { line })}` : ''}` : '';
        const text = t('alarm.shape.from', { name: operand.name, shape: shapeText(operand.shape), where });
        return html`<li>
          <button type="button" onClick=${() => session.select(operand.tensor)}>
            <span>${text}</span>
            ${
              maker &&
              html`<small
                >${maker.inputs
                  .map(({ tensor: id }) => (id ? nameOf(trace, id) : ''))
                  .filter(Boolean)
                  .join(', ')}</small
              >`
            }
          </button>
        </li>`;
      })}
    </ul>`;
}
