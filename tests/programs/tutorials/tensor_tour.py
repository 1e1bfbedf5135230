"""What tensors do: making, indexing, views, reductions, broadcasting, printing."""

import numpy as np
import torch

print(torch.tensor([[1, 2], [3, 4]]), torch.arange(12).reshape(3, 4), torch.zeros(2, 3).dtype)
x = torch.arange(24.0).view(2, 3, 4)
print(x[0], x[:, 1], x[..., -1], x[0, 1:, ::2])
print(x.sum(), x.mean(0), x.max(dim=2), x.argmax(), x.min(), x.std(), x.var(dim=1, unbiased=False))
print(x.permute(2, 0, 1).shape, x.transpose(0, 1).contiguous().view(3, 8).shape, x.flatten().shape)
print(torch.cat([x[0], x[1]], dim=0).shape, torch.stack([x[0], x[1]]).shape, x.unsqueeze(0).squeeze().shape)
a = torch.tensor([[1.0], [2.0], [3.0]])
b = torch.tensor([10.0, 20.0])
print(a + b, (a * b).shape, a @ b.unsqueeze(0))
m = x > 5
print(m.sum(), x[m], torch.where(m, x, torch.zeros_like(x))[0])
print(x.clamp(3, 7)[0], torch.clip(x, max=4)[1])
i = torch.tensor([2, 0])
print(x[0][i], x[:, i].shape, torch.gather(x[0], 1, torch.tensor([[0], [1], [2]])))
y = torch.zeros(3, 3)
y[1] = 5
y[:, 2] = torch.tensor([1.0, 2.0, 3.0])
y[y == 5] = -1
print(y)
y.fill_(2).mul_(3).add_(1)
print(y, y.T.shape, torch.eye(3) * y)
print(torch.sort(torch.tensor([3, 1, 2]), descending=True), torch.topk(torch.tensor([1.0, 5.0, 3.0]), 2))
print(
    torch.unique(torch.tensor([1, 2, 2, 3, 1])),
    torch.cumsum(torch.tensor([1, 2, 3]), 0),
    torch.tensor([1, 2, 3]).prod(),
)
print(torch.chunk(torch.arange(6), 3), torch.split(torch.arange(5), 2))
n = np.array([1.0, 2.0, 3.0])
t = torch.from_numpy(n)
t[0] = 9
print(n, t, t.numpy() is not None, torch.tensor(n).dtype)
print(torch.tensor(3.7).item(), int(torch.tensor(5)), float(torch.tensor(2)), torch.tensor([1, 2]).tolist())
print(
    7 // torch.tensor(2), torch.tensor(-7) // 2, torch.tensor(-7) % 3, torch.tensor(7) / 2, 2 ** torch.tensor([1, 2, 3])
)
print(torch.linspace(0, 1, 5), torch.full((2, 2), 7), torch.rand(2, 2).shape, torch.tensor([True, False]).any())
print(torch.allclose(torch.tensor([1.0]), torch.tensor([1.0 + 1e-9])), torch.equal(i, i), (i == i).all())
print(torch.einsum("ij,jk->ik", torch.ones(2, 3), torch.ones(3, 2)), torch.outer(torch.arange(3), torch.arange(2)))
print(x.dtype, x.to(torch.int32).dtype, x.double().dtype, x.long()[0, 0], x.bool().sum())
print(torch.norm(torch.tensor([3.0, 4.0])), torch.dot(torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])))
print(x.numel(), x.ndim, x.size(), x.size(1), len(x), x.stride(), x.is_contiguous())
for row in torch.arange(4).view(2, 2):
    print(row)
print(f"{torch.tensor(1.23456):.2f}", torch.tensor([1e-8, 1.0]), torch.tensor([1e5, 1.5]), torch.tensor(float("nan")))
print(torch.meshgrid(torch.arange(2), torch.arange(3), indexing="ij"))
print(torch.triu(torch.ones(3, 3)), torch.diag(torch.tensor([1, 2])), torch.flip(torch.arange(3), [0]))
print(
    x.repeat(1, 1, 2).shape,
    x[0].expand(4, 3, 4).shape,
    torch.tile(torch.tensor([1, 2]), (2,)),
    torch.arange(3).repeat_interleave(2),
)
