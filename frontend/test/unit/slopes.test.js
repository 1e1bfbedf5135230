// @ts-check
/** Upstream × slope, added up, is what the engine sent back: for every op that has a row, with the engine's own numbers. */
import { expect, test } from 'vitest';
import { valueMade, valueRead } from '../../src/alarms/reading.js';
import { slopeRows, termsOf } from '../../src/model/slopes.js';
import { toNumber } from '../../src/model/value.js';
import { record } from '../record.js';

const HEAD = `
import torch
import torch.nn.functional as F
torch.manual_seed(0)
x = torch.rand(2, 3) + 0.5
x.requires_grad_()
y = torch.rand(2, 3) + 0.5
y.requires_grad_()
r = torch.rand(3) + 0.5
r.requires_grad_()
g = torch.randn(2, 3)
`;

/** Some scripts run several ops; all those that have a row are looked at. */
const EXPRESSIONS = [
  'x + r', 'x - y', 'r - x', 'x * r', 'x / r', '1 / x', 'x ** 2', 'x ** r', '-x', 'x.square()', 'x.sqrt()', 'x.rsqrt()',
  'x.reciprocal()', 'x.exp()', 'x.log()', 'x.log1p()', '(x - 1).abs()', 'x.sin()', 'x.cos()', 'torch.tanh(x)',
  'torch.sigmoid(x)', 'F.relu(x - 1)', 'F.leaky_relu(x - 1, 0.1)', 'F.silu(x)', 'F.softplus(x)', 'x.clamp(0.7, 1.2)',
  'torch.where(g > 0, x, y)', 'x.masked_fill(g > 0, 0.0)', 'x.clone()', 'x.view(3, 2)', 'x.reshape(3, 2)', 'x.flatten()',
  'x.unsqueeze(0).squeeze(0)', 'r.expand(2, 3)', 'x.T', 'x.view(1, 2, 3).permute(2, 0, 1)', 'x.sum(1)', 'x.mean()', 'x.mean(0)',
  'x.max()', 'x.min()', 'x.amax(1)', 'x.amin(0, keepdim=True)', 'x.norm()', 'x @ y.T', 'x @ r', 'r @ y.T',
  'torch.ones(4, 1, 2) @ x', 'F.linear(x, y, torch.ones(2, requires_grad=True))', 'torch.softmax(x, 1)', 'torch.softmax(x, 0)',
  'F.log_softmax(x, -1)', 'F.mse_loss(x, y)', 'F.l1_loss(x, y, reduction="sum")', 'F.binary_cross_entropy_with_logits(x, y)',
  'F.gelu(x)', 'F.cross_entropy(x, torch.tensor([0, 2]))',
]; // prettier-ignore

test('the terms of every element add up to what was sent there', () => {
  const scripts = Object.fromEntries(
    EXPRESSIONS.map((text) => [text, `${HEAD}z = ${text}\n(z * torch.randn(z.shape)).sum().backward()`]),
  );
  const looked = new Set();
  for (const [text, trace] of Object.entries(record(scripts))) {
    expect(trace.error, text).toBeNull();
    for (const op of trace.passes.flatMap((page) => page.ops)) {
      for (const vjp of op.vjps) {
        for (const { input, value } of vjp.contributions) {
          const local = {
            name: op.name,
            attrs: op.attrs,
            input,
            shapes: op.inputs.map(({ tensor }) => trace.tensor(tensor ?? '')?.shape ?? []),
            values: op.inputs.map((operand) =>
              operand.tensor
                ? (valueRead(trace, operand)?.data ?? []).map(toNumber)
                : [/** @type {number} */ (operand.value)],
            ),
            outShape: trace.tensor(op.outputs[0])?.shape ?? [],
            out: (valueMade(trace, op)?.data ?? []).map(toNumber),
          };
          const upstream = (vjp.upstream[0]?.data ?? []).map(toNumber);
          (value.data ?? []).map(toNumber).forEach((sent, i) => {
            const found = termsOf(local, i, upstream, sent);
            if (!found) return;
            if (!found.readOff) looked.add(op.name);
            const sum = found.terms.reduce((total, { to, slope }) => total + upstream[to] * slope, 0);
            expect(
              Math.abs(sum - sent),
              `${text}: ${op.name}, input ${input}, element ${i}: ${sum} ${sent}`,
            ).toBeLessThan(1e-5 * Math.max(1, Math.abs(sent)));
          });
        }
      }
    }
  }
  expect(Object.keys(slopeRows).filter((name) => !looked.has(name))).toEqual([]);
});
