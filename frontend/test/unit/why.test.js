// @ts-check
// @vitest-environment happy-dom
/** Every reason, from the smallest script in which it is the reason. */
import { beforeAll, expect, test } from 'vitest';
import { nameOf } from '../../src/alarms/reading.js';
import { noneReasons } from '../../src/why/none.js';
import { answerText } from '../../src/ui/inspector/why.js';
import { why } from '../../src/why/why.js';
import { zeroReasons } from '../../src/why/zero.js';
import { record } from '../record.js';

/** @import {Trace} from '../../src/model/trace.js' */

const HEAD = `
import torch
import torch.nn as nn
import torch.nn.functional as F
w = torch.tensor([2.0, 3.0], requires_grad=True)
`;

/** `[reason, variable that is asked about, script, when]`; `when` is a position, by default the end. @type {[string, string, string, ((trace: Trace) => number)?][]} */
const NONE = [
  ['notFloat', 'k', 'k = (w * 2).argmax()\nw.sum().backward()'],
  ['detached', 'd', 'd = (w * 2).detach()\n(d * w).sum().backward()'],
  ['data', 'x', 'x = torch.ones(2)\n(x * w).sum().backward()'],
  ['buffer', 'net.running_mean', 'net = nn.BatchNorm1d(2)\nnet(torch.randn(4, 2)).sum().backward()'],
  ['noGrad', 'y', 'with torch.no_grad():\n    y = w * 2\n(y * w).sum().backward()'],
  ['cutBefore', 'z', 'd = (w * 2).detach()\nz = d + 1\n(z * w).sum().backward()'],
  ['fromData', 'y', 'x = torch.ones(2)\ny = x * 2\n(y * w).sum().backward()'],
  ['cleared', 'w', 'w.sum().backward()\nw.grad = None\nprint(w * 2)'],
  ['neverBackward', 'y', 'y = w * 2'],
  ['notYet', 'y', 'y = w * 2\ny.sum().backward()', (trace) => trace.passes[0].backwards[0].at],
  ['unread', 'y', 'y = w * 2\nw.sum().backward()'],
  ['cutAfter', 'y', 'y = w * 2\nz = y.detach()\n(z * w).sum().backward()'],
  ['dropped', 'y', 'y = w * 2\nz = y + 1\nw.sum().backward()'],
  ['underway', 'w', 'y = w * 2\ny.sum().backward()', (trace) => trace.passes[0].backwards[0].at + 2],
  ['returned', 'w', 'loss = (w * w).sum()\ntorch.autograd.grad(loss, w)'],
  ['failed', 'w', 'y = w.exp()\nz = y * 1\ny += 1\nz.sum().backward()'],
  [
    'notRead',
    'b',
    'b = torch.ones(2, requires_grad=True)\n(b * 2).detach()\nfor i in range(2):\n    w.sum().backward()',
  ],
  ['isGradient', 'w.grad', '(w * w).sum().backward()\nprint(w.grad * 2)'],
];

/** @type {typeof NONE} */
const ZERO = [
  ['rectified', 'x', 'x = w - 10\nF.relu(x).sum().backward()'],
  ['clamped', 'x', 'x = w * 1\nx.clamp(-1, 1).sum().backward()'],
  ['masked', 'x', 'x = w * 1\ntorch.where(w > 9, x, torch.zeros(2)).sum().backward()'],
  ['notChosen', 'x', 'x = w * 1\ntorch.maximum(x, torch.full((2,), 9.0)).sum().backward()'],
  ['steps', 'x', 'x = w * 1\nx.floor().sum().backward()'],
  ['factor', 'x', 'x = w * 1\n(x * torch.zeros(2)).sum().backward()'],
  ['flatEnd', 'x', 'x = w * 1000\ntorch.tanh(x).sum().backward()'],
  ['slope', 'x', 'x = w - w.detach()\n(x ** 2).sum().backward()'],
  ['cancelled', 'w', '(w - w).sum().backward()'],
  ['notPicked', 'x', 'x = w[0] * torch.ones(3)\ny = x * 1\n(y[:0].sum() + w.sum()).backward()'],
  ['rectified', 'w', 'F.relu(w - 10).mul(5).sum().backward()'],
];

/** @type {[string, string, string, string][]} asked, reason, variable, script */
const OTHER = [
  ['pythonNone', 'notRetained', 'y', 'y = w * 2\ny.sum().backward()'],
  ['gradBad', 'gradBadFrom', 'w', 'torch.sqrt(w * 0).sum().backward()'],
  ['valueBad', 'valueBadFrom', 'z', 'y = torch.log(-w)\nz = y + 1'],
  ['valueZero', 'valueRectified', 'y', 'y = F.relu(-w)'],
  ['valueZero', 'valueFactor', 'y', 'o = torch.zeros(2)\ny = w * o'],
  ['gradPart', 'rectified', 'x', 'x = w - 2.5\nF.relu(x).sum().backward()'],
];

/** @type {Record<string, Trace>} */
let traces;
beforeAll(() => {
  const all = [...NONE.map((row) => row[2]), ...ZERO.map((row) => row[2]), ...OTHER.map((row) => row[3])];
  traces = record(Object.fromEntries(all.map((script) => [script, HEAD + script])));
}, 60_000);

/** @param {string} script @param {string} name @param {((trace: Trace) => number)} [when] */
function answers(script, name, when) {
  const trace = traces[script];
  const tensor = [...trace.tensorsById.values()].findLast(({ id }) => nameOf(trace, id) === name);
  if (!tensor)
    throw new Error(`no ${name} among ${[...trace.tensorsById.keys()].map((id) => nameOf(trace, id))}`);
  return why(trace, tensor, when?.(trace) ?? trace.length);
}

test.each(NONE)('no gradient: %s', (reason, name, script, when) => {
  expect(answers(script, name, when).find(({ asked }) => asked === 'gradNone')?.reason).toBe(reason);
});

test.each(ZERO)('zero: %s', (reason, name, script) => {
  expect(answers(script, name).find(({ asked }) => asked === 'gradZero')?.reason).toBe(reason);
});

test.each(OTHER)('%s: %s', (asked, reason, name, script) => {
  expect(answers(script, name).find((answer) => answer.asked === asked)?.reason).toBe(reason);
});

test('a zero is followed to the op that made it, however far', () => {
  const [answer] = answers(ZERO[10][2], 'w').filter(({ asked }) => asked === 'gradZero');
  expect(answer.params).toMatchObject({ name: 'relu', further: true, link: '1.1' });
});

test('every reason is put in words', () => {
  const all = [...NONE, ...ZERO].map(([, , script]) => script).concat(OTHER.map((row) => row[3]));
  const texts = all.flatMap((script) => {
    const trace = traces[script];
    return [...trace.tensorsById.values()].flatMap((tensor) =>
      why(trace, tensor, trace.length).map(answerText),
    );
  });
  for (const text of texts) expect(text).toMatch(/^[A-Z][^]*[.]$/);
  expect(texts.join()).not.toMatch(/undefined|null|NaN\b|why\./);
});

test('every reason is tried here, but for those that no small script can bring about', () => {
  const tried = new Set([...NONE, ...ZERO].map(([reason]) => reason));
  const untried = [...noneReasons, ...zeroReasons].map(({ id }) => id).filter((id) => !tried.has(id));
  expect(untried).toEqual(['omitted', 'notWanted', 'seedZero', 'localZero']);
});
