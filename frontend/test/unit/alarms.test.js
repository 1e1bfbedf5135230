// @ts-check
/** Every alarm goes off for the smallest script that deserves it, and stays quiet for the examples that do not. */
import { beforeAll, describe, expect, test } from 'vitest';
import { alarmRows, alarmsOf, marksOf } from '../../src/alarms/alarms.js';
import { examples, record } from '../record.js';

/** @typedef {import('../../src/alarms/alarms.js').Alarm} Alarm */

const scripts = {
  // The two snippets of pytorch#160016.
  sqrtOfSqrt: `
import torch
x = torch.tensor([1.0, 3.0], requires_grad=True)
y = torch.sqrt(torch.sqrt(x - 2))
y.sum().backward()`,
  logOfNegative: `
import torch
x = torch.tensor([1.0, 2.0], requires_grad=True)
loss = torch.log(-x).sum()
loss.backward()`,
  sqrtAtZero: `
import torch
x = torch.tensor([0.0, 4.0], requires_grad=True)
torch.sqrt(x).sum().backward()`,
  whereTrap: `
import torch
x = torch.tensor([0.0, 4.0], requires_grad=True)
y = torch.where(x > 0, x / x, torch.zeros(2))
y.sum().backward()`,
  mask: `
import torch
scores = torch.randn(3, 3, requires_grad=True)
mask = torch.tril(torch.ones(3, 3)) == 0
torch.softmax(scores.masked_fill(mask, -float("inf")), -1).sum().backward()`,
  nanInData: `
import torch
x = torch.tensor([1.0, float("nan")])
w = torch.ones(2, requires_grad=True)
(x * w).sum().backward()`,
  broadcastInLoss: `
import torch
prediction = torch.ones(4, 1, requires_grad=True)
target = torch.zeros(4)
loss = ((prediction - target) ** 2).mean()
loss.backward()`,
  mseLoss: `
import torch
import torch.nn.functional as F
prediction = torch.ones(4, 1, requires_grad=True)
loss = F.mse_loss(prediction, torch.zeros(4))
loss.backward()`,
  broadcastElsewhere: `
import torch
a = torch.ones(4, 1)
b = torch.ones(4)
c = a + b`,
  pairwise: `
import torch
a = torch.ones(4)
d = a[:, None] - a[None, :]
e = a.unsqueeze(1) == a
f = torch.ones(4, 3) + torch.ones(3)`,
  dead: `
import torch
import torch.nn as nn
lin = nn.Linear(3, 8)
with torch.no_grad():
    lin.bias.fill_(-100.0)
torch.relu(lin(torch.randn(16, 3))).sum().backward()`,
  saturated: `
import torch
w = torch.full((3, 4), 50.0, requires_grad=True)
torch.tanh(torch.ones(6, 3) @ w).sum().backward()`,
  unused: `
import torch
import torch.nn as nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.used = nn.Linear(2, 2)
        self.spare = nn.Linear(2, 2)
        self.cut = nn.Linear(2, 2)
    def forward(self, x):
        self.cut(x).detach()
        return self.used(x)
net = Net()
for step in range(2):
    net(torch.ones(1, 2)).sum().backward()`,
  piled: `
import torch
w = torch.ones(2, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1)
for step in range(3):
    (w * w).sum().backward()
    optimizer.step()`,
  accumulated: `
import torch
w = torch.ones(2, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1)
for step in range(3):
    for part in range(2):
        (w * w).sum().backward()
    optimizer.step()
    optimizer.zero_grad()`,
  exploding: `
import torch
w = torch.full((3, 3), 30.0, requires_grad=True)
h = torch.ones(2, 3)
for layer in range(4):
    h = h @ w
h.sum().backward()`,
  matmul: `
import torch
x = torch.ones(2, 3)
w = torch.ones(4, 3)
h = x * 2
y = h @ w`,
  addition: `
import torch
a = torch.ones(4, 3)
b = torch.ones(4)
c = a + b`,
  inplace: `
import torch
x = torch.ones(2, requires_grad=True)
y = torch.exp(x)
z = y * 2
y += 1
z.sum().backward()
(y * y).sum().backward()`,
  freed: `
import torch
x = torch.ones(2, requires_grad=True)
loss = (x * x).sum()
loss.backward()
loss.backward()`,
};

/** @type {Record<keyof typeof scripts, Alarm[]>} */
let found;
/** @param {keyof typeof scripts} name */
const kinds = (name) => found[name].map(({ kind }) => kind);
/** @param {keyof typeof scripts} name @param {string} kind */
const one = (name, kind) => /** @type {Alarm} */ (found[name].find((alarm) => alarm.kind === kind));

beforeAll(() => {
  const traces = record(scripts);
  found = /** @type {typeof found} */ (
    Object.fromEntries(Object.entries(traces).map(([name, trace]) => [name, alarmsOf(trace)]))
  );
}, 30_000);

describe('the first NaN or infinity', () => {
  test('sqrt(sqrt(x - 2)): born in the inner root, seen by backward in the outer one', () => {
    const forward = one('sqrtOfSqrt', 'nonfinite');
    expect(forward).toMatchObject({ op: '1.1', line: 4, level: 'error' });
    expect(forward.params).toMatchObject({ what: 'nan', name: 'sqrt', nan: 1, of: 2, where: '[0]' });
    expect(forward.params.inputs[0].value).toBe(-1);
    expect(one('sqrtOfSqrt', 'nonfiniteGrad')).toMatchObject({ op: '1.2', params: { forward: true } });
  });

  test('log(-x): the loss is NaN though no gradient is', () => {
    expect(kinds('logOfNegative')).toEqual(['nonfinite']);
    expect(one('logOfNegative', 'nonfinite')).toMatchObject({
      op: '1.1',
      line: 4,
      params: { nan: 2, name: 'log' },
    });
  });

  test('a root of zero is finite, and its slope is not', () => {
    expect(kinds('sqrtAtZero')).toEqual(['nonfiniteGrad']);
    expect(one('sqrtAtZero', 'nonfiniteGrad').params).toMatchObject({
      what: 'inf',
      name: 'sqrt',
      forward: false,
    });
  });

  test('where() throws the NaN away but not its gradient', () => {
    expect(one('whereTrap', 'nonfiniteGrad').params).toMatchObject({ name: 'div', masked: true });
  });

  test('an infinity that the script asked for is none', () => expect(kinds('mask')).toEqual([]));

  test('data that came with a NaN is named before any op', () => {
    expect(one('nanInData', 'nonfinite')).toMatchObject({
      op: null,
      params: { what: 'leaf', name: 'x', nan: 1 },
    });
  });
});

describe('a silent broadcast', () => {
  test('is loud inside a loss', () => {
    expect(one('broadcastInLoss', 'broadcast')).toMatchObject({
      level: 'error',
      line: 5,
      params: { a: 'prediction', b: 'target', aShape: [4, 1], bShape: [4], shape: [4, 4] },
    });
    expect(one('mseLoss', 'broadcast')).toMatchObject({ level: 'error', params: { shape: [4, 4] } });
  });
  test('is a warning elsewhere, and nothing where the author asked for it', () => {
    expect(one('broadcastElsewhere', 'broadcast')).toMatchObject({ level: 'warning' });
    expect(kinds('pairwise')).toEqual([]);
  });
});

describe('units and parameters', () => {
  test('a rectifier that is all zero is dead', () => {
    expect(one('dead', 'dead').params).toMatchObject({ name: 'relu', zero: 128, of: 128, all: true });
  });
  test('a tanh at its ends is saturated', () => expect(one('saturated', 'saturated').params.share).toBe(1));
  test('parameters that got nothing are listed, read or not', () => {
    const names = found.unused.map(({ kind, params }) => `${kind} ${params.name} ${params.read}`);
    expect(names.sort()).toEqual([
      'unused net.cut.bias true',
      'unused net.cut.weight true',
      'unused net.spare.bias false',
      'unused net.spare.weight false',
    ]);
  });
  test('a step with last step’s gradient in it; accumulating before one step is fine', () => {
    expect(one('piled', 'piled')).toMatchObject({ pass: 2, params: { name: 'w', cleared: false } });
    expect(kinds('accumulated')).toEqual([]);
  });
  test('exploding', () => expect(one('exploding', 'exploding').params.norm).toBeGreaterThan(1e5));
});

describe('errors that the graph explains', () => {
  test('shapes of a product that do not meet, with what would', () => {
    const { params, line } = one('matmul', 'shape');
    expect(line).toBe(6);
    expect(params.operands).toMatchObject([
      { name: 'h', shape: [2, 3], tensor: '1.0' },
      { name: 'w', shape: [4, 3] },
    ]);
    expect(params.tries.map((/** @type {any} */ each) => each.how)).toEqual(['transposeSecond']);
  });
  test('shapes side by side', () => {
    expect(one('addition', 'shape').params.tries).toEqual([{ how: 'unsqueezeSecond', params: { dim: -1 } }]);
  });
  test('saved at one version by one line, written by another', () => {
    expect(one('inplace', 'inplace')).toMatchObject({
      op: '1.0',
      line: 4,
      params: { by: 'exp', saved: 0, now: 1, writer: 'add', writtenAt: 6 },
    });
  });
  test('a graph that was given up by the first backward', () => {
    expect(one('freed', 'freed')).toMatchObject({ params: { madeAt: 4, freedAt: 5, line: 6 } });
  });
});

test('the examples raise the alarms that they are about, and no others', () => {
  const all = Object.entries(record(examples())).map(([name, trace]) => [
    name,
    alarmsOf(trace).map(({ kind }) => kind),
  ]);
  const loud = Object.fromEntries(all.filter(([, list]) => list.length));
  expect(loud).toEqual({
    '08_vanishing_gradient.py': ['vanishing'],
    '09_nan.py': ['nonfinite', 'nonfinite', 'nonfiniteGrad'],
  });
}, 30_000);

test('a mark comes when the clock has passed what it is about', () => {
  const [alarm] = found.logOfNegative;
  const page = /** @type {any} */ ({ n: 1 });
  expect(marksOf([alarm], page, alarm.at)).toEqual(new Map());
  expect(marksOf([alarm], page, alarm.at + 1)).toEqual(new Map([['1.1', 'error']]));
});

test('no two alarms are called alike', () => {
  const ids = alarmRows.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});
