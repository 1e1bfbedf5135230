// @ts-check
/** Why is it None, zero, not there? Each question with its answer, and the way to where the answer lies. */
import { t } from '../../i18n/index.js';
import { why } from '../../why/why.js';
import { html } from '../html.js';
import { formatNumber } from '../numbers.js';

/** @import {Trace} from '../../model/trace.js' */
/** @import {TensorRecord} from '../../protocol/wire' */
/** @import {Answer, Asked} from '../../why/why.js' */

/** Worth a word, but not in the way. @type {Asked[]} */
const FOLDED = ['pythonNone', 'gradPart', 'valueSummary', 'valueZero'];

/** @param {{ trace: Trace, tensor: TensorRecord, now: number, about: 'grad' | 'value', onSelect: (id: string) => void }} props */
export function Why({ trace, tensor, now, about, onSelect }) {
  const answers = why(trace, tensor, now).filter(
    ({ asked }) => asked.startsWith('value') === (about === 'value'),
  );
  return answers.map(
    (answer) =>
      html`<details class="why" key=${answer.asked} open=${!FOLDED.includes(answer.asked)}>
        <summary>${question(answer)}</summary>
        <p>
          ${answerText(answer)}${' '}
          ${
            answer.params.link &&
            answer.params.link !== tensor.id &&
            html`<button type="button" class="text-button" onClick=${() => onSelect(answer.params.link)}>
              ${t('why.showMe')}
            </button>`
          }
        </p>
      </details>`,
  );
}

/** @param {Answer} answer */
function question({ asked, params }) {
  const share = `${formatNumber(params.share * 100, { digits: 2 })} %`;
  return t(/** @type {'why.ask.gradPart'} */ (`why.ask.${asked}`), { of: params.of, share });
}

/** @param {Answer} answer */
export function answerText({ reason, params }) {
  const key = `why.${reason}${params.variant ? `.${params.variant}` : ''}`;
  const line = params.line ? t('why.line', { line: params.line }) : '';
  const text = t(/** @type {any} */ (key), /** @type {never} */ ({ ...params, line }));
  return params.further ? t('why.further') + text : text.charAt(0).toUpperCase() + text.slice(1);
}
