// @ts-check
/** The panels of the page. A new panel is one file, one row here, and a place in layout.js. */
import { alarmCount, Alarms } from './alarms.js';
import { Chart } from './chart.js';
import { Code } from './code.js';
import { Inspector } from './inspector.js';
import { Output } from './output.js';
import { Picture } from './picture.js';

/** @typedef {import('../session.js').Session} Session */
/**
 * @typedef {object} PanelRow
 * @property {string} id
 * @property {import('../i18n/index.js').Key} title
 * @property {import('preact').FunctionComponent<{ session: Session }>} body
 * @property {() => string} [count] what its tab says beside its name
 */

/** @type {PanelRow[]} */
export const panels = [
  { id: 'code', title: 'panel.code', body: Code },
  { id: 'graph', title: 'panel.graph', body: Picture },
  { id: 'inspect', title: 'panel.inspect', body: Inspector },
  { id: 'alarms', title: 'panel.alarms', body: Alarms, count: alarmCount },
  { id: 'output', title: 'panel.output', body: Output },
  { id: 'chart', title: 'panel.chart', body: Chart },
];
