"""Calls as a PyTorch user writes them, one a line; what PyTorch answers is kept in golden/calls.json.

Names are :func:`numbers`'s. A line may have statements before its expression, divided by ``;``.
``python tests/engine/torch_calls.py`` under a Python that has PyTorch writes the golden answers anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

GOLDEN = Path(__file__).parent / "golden" / "calls.json"


def numbers() -> dict[str, Any]:
    """What the lines use: name → NumPy array. Floating ones are float32 and require grad."""
    rng = np.random.default_rng(7)

    def f(*shape: int, low: float = -2.0, high: float = 2.0) -> Any:
        return rng.uniform(low, high, shape).astype(np.float32)

    spread = rng.permutation(12).astype(np.float32).reshape(3, 4)  # no two elements alike: nothing depends on ties
    root = f(3, 3)
    return {
        "x": f(2, 3), "y": f(2, 3), "v": f(3), "u": f(3), "s": f(), "p": f(2, 3, low=0.3, high=2.0),
        "q": f(2, 3, low=0.1, high=0.9),
        "A": f(3, 3), "B": f(3, 4), "S": (root @ root.T + 3 * np.eye(3)).astype(np.float32), "T": f(2, 3, 4),
        "U": f(2, 4, 3), "C": f(4, 3),
        "d": spread, "e": f(0, 3), "r": (f(2, 3) + 4).astype(np.float32),
        "n": rng.integers(-4, 5, (2, 3)), "k": rng.integers(1, 5, (2, 3)),
        "b": np.array([[True, False, True], [False, False, True]]),
        "i": np.array([2, 0, 1]), "j": np.array([[0, 2, 1], [1, 1, 0]]),
        "c": np.array([1, 3, 1, 0, 3, 3]), "h": rng.integers(0, 9, (5,), dtype=np.uint8),
        "z": np.array([np.nan, np.inf, -np.inf, 0.0, -1.5], dtype=np.float32), "o": np.array([0.0, -1.5, 2.0], dtype=np.float32),
        "ties": np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 1.0]], dtype=np.float32), "w": np.float64(rng.uniform(-2, 2, (3,))),
    }  # fmt: skip


ELEMENTWISE = """
x + y
x - 2
2 - x
x * v
x / r
1 / r
x % r
x.detach() // r.detach()
-7 % r.detach()
torch.floor_divide(x.detach(), r.detach())
torch.sgn(x.detach())
torch.heaviside(x.detach(), v.detach())
p ** 2
p ** y
2 ** x
p ** 0.5
-x
+x
abs(x)
torch.add(x, y, alpha=2)
torch.sub(x, y, alpha=0.5)
torch.subtract(x, y)
torch.rsub(x, y)
torch.mul(x, 3)
torch.multiply(x, y)
torch.div(x, r)
torch.div(x, r, rounding_mode="floor")
torch.div(x, r, rounding_mode="trunc")
torch.div(n, k, rounding_mode="trunc")
torch.div(n, k, rounding_mode="floor")
torch.true_divide(n, k)
n // k
n % k
n / k
n ** 2
torch.remainder(x, r)
torch.fmod(x, r)
torch.fmod(n, k)
torch.pow(p, 3)
torch.pow(2.0, x)
torch.float_power(p, 2)
torch.square(x)
torch.sqrt(p)
torch.sqrt(k)
torch.rsqrt(p)
torch.reciprocal(r)
torch.exp(x)
torch.exp(n)
torch.exp2(x)
torch.expm1(x)
torch.log(p)
torch.log1p(p)
torch.log2(p)
torch.log10(p)
torch.sin(x)
torch.cos(x)
torch.tan(q)
torch.asin(q)
torch.acos(q)
torch.atan(x)
torch.arctan(x)
torch.atan2(x, r)
torch.sinh(x)
torch.cosh(x)
torch.tanh(x)
torch.asinh(x)
torch.acosh(r)
torch.atanh(q)
torch.sigmoid(x)
x.sigmoid()
torch.logit(q)
torch.logit(q, eps=1e-3)
torch.erf(x)
torch.erfc(x)
torch.erfinv(q)
torch.lgamma(p)
torch.digamma(p)
torch.sinc(x)
torch.deg2rad(x)
torch.rad2deg(x)
torch.floor(x)
torch.ceil(x)
torch.round(x)
torch.round(x, decimals=1)
torch.trunc(x)
torch.fix(x)
torch.frac(x)
torch.sign(x)
torch.abs(n)
torch.absolute(x)
torch.neg(n)
torch.negative(x)
torch.positive(x)
torch.clamp(x, -1, 1)
torch.clamp(x, min=0.1)
torch.clamp(x, max=0.5)
x.clip(-0.5, 0.5)
torch.clamp(n, -1, 2)
torch.clamp(x, min=v)
x.clamp_min(0.3)
x.clamp_max(0.3)
x.clamp(min=-1).clamp(max=1)
torch.lerp(x, y, 0.3)
torch.lerp(x, y, q)
torch.addcmul(x, y, p, value=0.5)
torch.addcdiv(x, y, r, value=0.5)
torch.hypot(x, y)
torch.logaddexp(x, y)
torch.logaddexp2(x, y)
torch.xlogy(x, p)
torch.copysign(x, y)
torch.nan_to_num(z)
torch.nan_to_num(z, nan=1.0, posinf=2.0, neginf=-2.0)
torch.maximum(x, y)
torch.minimum(x, y)
torch.fmax(x, y)
torch.fmin(x, y)
torch.max(x, y)
torch.min(x, other=y)
torch.relu(x)
torch.masked_fill(x, b, 0.0)
x.masked_fill(b, -1e9)
x.masked_fill(b == 0, float("-inf")).softmax(-1)
torch.where(b, x, y)
torch.where(x > 0, x, 0.0)
torch.where(b, 1, 0)
torch.where(b, 1.0, 0.0)
torch.where(b, n, x)
torch.where(b)
torch.ldexp(x, k)
torch.gcd(n, k)
torch.lcm(n, k)
torch.softmax(x, dim=1)
torch.softmax(x, -1)
x.softmax(dim=0)
torch.log_softmax(x, dim=1)
x.log_softmax(-1)
torch.softmax(n.float(), 1)
torch.softmax(x, 1, dtype=torch.float64)
torch.special.expit(x)
torch.special.erf(x)
"""

COMPARE = """
x == y
x != y
x < y
x <= 0
x > 0
0 < x
x >= v
torch.eq(n, k)
torch.ne(n, 1)
torch.lt(x, 0)
torch.le(x, y)
torch.gt(x, y)
torch.ge(x, y)
torch.greater(x, y)
torch.less_equal(x, y)
torch.isnan(z)
torch.isinf(z)
torch.isfinite(z)
torch.isposinf(z)
torch.isneginf(z)
torch.signbit(x)
torch.isclose(x, y)
torch.isclose(z, z, equal_nan=True)
torch.allclose(x, x)
torch.allclose(x, y)
torch.equal(x, x)
torch.equal(x, v)
x.equal(y)
torch.logical_and(b, n)
torch.logical_or(b, x)
torch.logical_xor(b, n)
torch.logical_not(n)
b & (x > 0)
b | (x > 0)
b ^ (x > 0)
~b
~n
n & k
n | 3
n ^ k
k << 1
k >> 1
torch.bitwise_and(n, k)
torch.bitwise_not(n)
torch.isin(n, k)
torch.isin(n, torch.tensor([1, 2]), invert=True)
b.any()
b.all()
b.any(dim=1)
b.all(0, keepdim=True)
torch.any(x > 1)
torch.all(n)
torch.is_tensor(x)
torch.is_floating_point(n)
torch.is_nonzero(s)
(x > 0).float()
(x > 0).sum()
(x > 0).float().mean()
"""

PROMOTION = """
n + x
n + 1
n + 1.5
n * True
b + b
b + 1
b * x
b * 2.0
h + 1
h + n[0, 0]
h + 1.5
-h
h * n[:, :1]
x + w
x * w[0]
w + 1
w * s
n * s
n.float() + w[0]
x.double() * 2
x.half() + 1
x.half() * s
torch.tensor(1) + torch.tensor(1.5)
torch.tensor(1) / 2
torch.tensor(3) // 2
torch.tensor(True) + torch.tensor(True)
torch.tensor([1, 2]) * 0.5
torch.tensor([1, 2], dtype=torch.int32) + torch.tensor(3)
torch.tensor([1, 2], dtype=torch.int32) + torch.tensor([3])
torch.tensor([1, 2], dtype=torch.int8) * 100
torch.tensor([200], dtype=torch.uint8) + torch.tensor([100], dtype=torch.uint8)
n.sum()
b.sum()
h.sum()
h.cumsum(0)
b.float().mean()
n.prod()
torch.sum(n, dtype=torch.float32)
torch.mean(n, dtype=torch.float32)
torch.sqrt(n.abs())
torch.sin(b)
torch.sigmoid(n)
n.abs().sqrt().sum()
torch.cat([n, x])
torch.stack([n, k]).float()
torch.result_type(n, 1.5)
torch.result_type(x, w)
torch.promote_types(torch.int32, torch.float16)
torch.can_cast(torch.float32, torch.int32)
x.to(torch.float64)
x.to(n)
x.to(torch.int64)
x.type_as(w)
x.int()
x.long()
x.bool()
x.double()
n.float()
n.half()
n.to(torch.uint8)
b.int()
n.type()
x.type(torch.float64)
"""

REDUCE = """
x.sum()
x.sum(1)
x.sum(dim=(0, 1))
x.sum(-1, keepdim=True)
T.sum((0, 2))
torch.sum(x, dim=0)
x.mean()
x.mean(dim=1)
T.mean((0, 2), keepdim=True)
x.prod()
x.prod(1)
x.prod(dim=0, keepdim=True)
x.std()
x.std(1)
x.std(unbiased=False)
x.std(dim=1, correction=0)
x.var()
x.var(0)
x.var(1, unbiased=False, keepdim=True)
torch.var(x, dim=1, correction=0)
torch.std(x, 0, keepdim=True)
torch.std_mean(x)
torch.var_mean(x, dim=1)
torch.var_mean(x, dim=1, unbiased=False)
x.max()
x.min()
d.max(1)
d.max(dim=0, keepdim=True)
d.min(1).values
d.max(1).indices
d.max(1)[1]
torch.max(d, 1)
torch.min(d, dim=0)
torch.amax(d, 1)
torch.amax(x, (0, 1))
torch.amin(d, dim=0, keepdim=True)
torch.aminmax(d)
torch.aminmax(d, dim=1)
x.argmax()
d.argmax(1)
d.argmax(dim=1, keepdim=True)
d.argmin(0)
torch.argmax(d, dim=-1)
n.max()
x.norm()
x.norm(p=1)
x.norm(2, dim=1)
x.norm(dim=1, keepdim=True)
x.norm(float("inf"))
torch.norm(x, p=3, dim=0)
torch.logsumexp(x, 1)
torch.logsumexp(x, dim=(0, 1))
x.logsumexp(dim=0, keepdim=True)
x.cumsum(0)
torch.cumsum(x, dim=1)
x.cumprod(1)
torch.cummax(d, 1)
torch.cummin(d, dim=0)
torch.logcumsumexp(x, 1)
torch.diff(x)
torch.diff(x, dim=0)
torch.trapezoid(x)
torch.trapz(v, u)
torch.median(d[:, :3])
torch.median(d, dim=1)
d.median(dim=0).values
torch.mode(c)
torch.quantile(v, 0.3)
torch.quantile(x, torch.tensor([0.25, 0.5]), dim=1)
torch.nanmean(torch.nan_to_num(z, posinf=1.0, neginf=1.0, nan=float("nan")))
torch.nansum(z[[0, 3, 4]])
torch.nanmedian(z[[0, 3, 4]])
torch.count_nonzero(n)
torch.count_nonzero(n, dim=1)
x.all()
torch.dist(x, y)
torch.dist(x, y, p=1)
x.sum().item() > -100
torch.cov(x)
torch.corrcoef(B)
torch.histc(x, bins=4, min=-2, max=2)
torch.bincount(c)
torch.bincount(c, minlength=6)
torch.bincount(c, weights=torch.ones(6))
torch.renorm(B, 2, 0, 1.0)
torch.softmax(T, 1).sum(1)
"""

SHAPE = """
x.reshape(3, 2)
x.reshape(-1)
x.view(6)
x.view(-1, 2)
x.view(x.size(0), -1)
x.view_as(y)
x.reshape_as(C[:2])
x.t()
x.T
T.mT
T.transpose(0, 2)
T.permute(2, 0, 1)
torch.permute(T, (1, 0, 2))
T.movedim(0, -1)
torch.moveaxis(T, 0, 1)
T.swapaxes(0, 1)
x.unsqueeze(0)
x.unsqueeze(-1)
x[None].squeeze()
x[None].squeeze(0)
T.squeeze(1)
x.flatten()
T.flatten(1)
torch.flatten(T, start_dim=1)
torch.flatten(T, 0, 1)
x.unflatten(1, (3, 1))
torch.ravel(x)
v.expand(4, 3)
x.expand(2, -1, 3)
x.expand_as(torch.zeros(4, 2, 3))
torch.broadcast_to(v, (2, 3))
torch.broadcast_tensors(x, v)
torch.broadcast_shapes((2, 1), (3,))
x.repeat(2, 1)
v.repeat(2, 2)
torch.tile(x, (2,))
v.repeat_interleave(2)
x.repeat_interleave(2, dim=1)
torch.repeat_interleave(v, torch.tensor([1, 0, 2]))
x.flip(0)
torch.flip(x, [0, 1])
torch.fliplr(x)
torch.flipud(x)
torch.roll(x, 1)
torch.roll(x, (1, 1), (0, 1))
torch.rot90(x)
x.chunk(2)
T.chunk(3, dim=2)
x.split(1)
T.split([1, 3], dim=2)
torch.split(T, 3, dim=2)
torch.tensor_split(v, 2)
torch.tensor_split(T, (1, 3), dim=2)
torch.unbind(x)
x.unbind(1)
torch.hsplit(B, 2)
torch.vsplit(C, 2)
torch.stack([x, y])
torch.stack((x, y), dim=-1)
torch.cat([x, y])
torch.cat((x, y), dim=1)
torch.concat([x, y], -1)
torch.hstack([x, y])
torch.vstack([x, v])
torch.dstack([x, y])
torch.column_stack([v, u])
torch.row_stack([v, u])
torch.cat([e, x])
torch.tril(A)
A.triu(1)
torch.tril(torch.ones(3, 3))
torch.tril_indices(3, 3)
torch.triu_indices(3, 4, offset=1)
torch.diag(v)
torch.diag(A)
torch.diag(A, 1)
torch.diagonal(T, 0, 1, 2)
torch.diag_embed(x)
torch.diagflat(x)
torch.meshgrid(v, u, indexing="ij")
torch.meshgrid(v, u, indexing="xy")
torch.cartesian_prod(v, u)
torch.combinations(v)
torch.block_diag(A, x)
v.unfold(0, 2, 1)
T.unfold(2, 2, 2)
torch.atleast_2d(v)
torch.atleast_1d(s)
torch.atleast_3d(x)
torch.swapdims(x, 0, 1)
x.contiguous()
x.t().contiguous().view(-1)
x.clone()
x.detach()
x.numel(), x.dim(), x.shape, x.size(1), x.ndim, len(x), x.nelement()
x.shape[0], x.size(), x.stride(), x.t().stride(), x.is_contiguous(), x.t().is_contiguous()
torch.numel(x)
torch.squeeze(torch.unsqueeze(x, 1), 1)
torch.transpose(x, 0, 1)
torch.reshape(x, (6,))
torch.movedim(T, (0, 1), (1, 0))
torch.narrow(T, 2, 1, 2)
T.select(1, 0)
x.sum_to_size(1, 3)
torch.nn.functional.pad(x, (1, 1))
torch.nn.functional.one_hot(j)
torch.nn.functional.one_hot(i, num_classes=5)
"""

INDEX = """
x[0]
x[-1]
x[0, 1]
x[:, 1]
x[:, -1:]
x[..., 0]
x[:, None]
x[1:, ::2]
T[:, 1, :]
T[..., 1:3]
T[0, ..., 1]
T[None, :, None, 0].shape
x[i[:2] - 1]
d[i]
d[[0, 2]]
d[[0, 2], [1, 3]]
d[i, i]
d[:, i]
d[i[:, None], i]
T[:, i]
T[0, i]
T[:, [0, 1], [1, 2]]
T[[0, 1], :, [1, 2]]
x[b]
x[x > 0]
T[b]
T[:, b[0]]
b[0]
d[range(2)]
d[torch.arange(3), torch.tensor([0, 1, 2])]
d[np.array([0, 1])]
d[True]
x[s.long() * 0]
torch.gather(x, 1, j)
torch.gather(d, 0, j)
x.gather(1, j[:, :1]).squeeze(1)
torch.take(x, j)
torch.take_along_dim(d, d.argmax(1, keepdim=True), dim=1)
torch.index_select(d, 0, i)
d.index_select(1, i)
torch.masked_select(x, b)
x.masked_select(x > 0)
torch.nonzero(n)
torch.nonzero(b, as_tuple=True)
torch.argwhere(b)
b.nonzero()
torch.scatter(x, 1, j[:, :1], 5.0)
torch.scatter(torch.zeros(2, 3), 1, j[:, :2] * 0 + torch.tensor([0, 2]), y[:, :2])
torch.zeros(2, 3).scatter_(1, j[:, :1], 1.0)
torch.zeros(2, 3).scatter(1, j[:, :1], 1)
torch.scatter_add(x, 1, j, y)
torch.zeros(2, 3).scatter_add_(1, j, x)
torch.zeros(3).index_add_(0, i, v)
torch.index_add(d, 0, i, C.T.contiguous()[:, :4][i])
torch.zeros(3, 4).index_copy(0, i, d)
x.index_fill(1, i[:2], 9.0)
torch.masked_scatter(x, b, y)
z2 = x.clone(); z2[0] = 1.0; z2
z2 = x.clone(); z2[:, 1] = v[:2]; z2
z2 = x.clone(); z2[b] = 0.0; z2
z2 = x.clone(); z2[b] = y[b]; z2
z2 = d.clone(); z2[i[:2]] = v[0]; z2
z2 = d.clone(); z2[i[:2], i[1:]] = v[:2]; z2
z2 = torch.zeros(3, 4); z2[1:] = B[1:]; z2
z2 = torch.zeros(3, 4); z2[..., 0] += v; z2
z2 = n.clone(); z2[n > 0] = 0; z2
z2 = n.clone(); z2[0] += 1; z2
z2 = x.clone(); z2[0, 0] *= 2; z2
z2 = torch.zeros(2, 3); z2[0] = torch.tensor([1, 2, 3]); z2
x.index_put((torch.tensor([0, 1]), torch.tensor([1, 2])), v[:2])
torch.index_put(x, (torch.tensor([0, 0]), torch.tensor([1, 1])), v[:2], accumulate=True)
x[0].sum() + x[1, 2] * x[0, 0]
sum(row.sum() for row in x)
[float(t) > 0 for t in v]
x.tolist()[0][0] == x[0, 0].item()
a1, a2 = x; a1 * a2
"""

INPLACE = """
x.clone().add_(y)
x.clone().add_(y, alpha=3)
x.clone().sub_(1)
x.clone().mul_(y)
x.clone().div_(r)
p.clone().pow_(2)
x.clone().neg_()
p.clone().sqrt_()
x.clone().exp_()
p.clone().log_()
x.clone().abs_()
x.clone().tanh_()
x.clone().sigmoid_()
x.clone().relu_()
x.clone().clamp_(-1, 1)
x.clone().clamp_(min=0)
x.clone().clamp_min_(0.0)
x.clone().zero_()
x.clone().fill_(3)
x.clone().copy_(y)
x.clone().copy_(v)
x.clone().masked_fill_(b, 0.0)
x.clone().lerp_(y, 0.5)
x.clone().addcmul_(y, p)
x.clone().addcdiv_(y, r, value=0.1)
x.clone().floor_()
x.clone().round_()
x.clone().reciprocal_()
x.clone().square_()
x.clone().sin_()
x.clone().cos_()
x.clone().t_()
x.clone().unsqueeze_(0)
x.clone().squeeze_()
x.clone().transpose_(0, 1)
x.clone().fill_diagonal_(0.0)
A.clone().triu_()
x.clone().index_fill_(1, i[:1], 0.0)
x.clone().requires_grad_(True).requires_grad
a1 = x.clone(); a1 += y; a1 *= 2; a1 -= v; a1 /= 3; a1
a1 = n.clone(); a1 += 1; a1
a1 = n.clone(); a1 //= 2; a1
a1 = p.clone(); a1 **= 2; a1
n.clone().add_(k)
b.clone().logical_not_()
x.clone().addmm_(x, A)
x.detach().clone().uniform_(0, 1).shape
x.clone().cumsum_(0)
x.detach().clone().set_(y.detach())
x.clone().remainder_(2)
x.clone().nan_to_num_()
x.clone().sign_()
"""

ORDER = """
torch.sort(d)
torch.sort(d, dim=0, descending=True)
d.sort(1).values
d.sort(descending=True)
d.flatten().sort().values
torch.argsort(d, dim=1)
d.argsort(0, descending=True)
torch.topk(d, 2)
d.topk(2, dim=0)
torch.topk(d, 2, largest=False)
d.topk(1, dim=1).indices
torch.kthvalue(d, 2)
torch.kthvalue(d, 1, dim=0)
torch.unique(n)
torch.unique(c, return_counts=True)
torch.unique(c, return_inverse=True)
c.unique(return_inverse=True, return_counts=True)
torch.unique(j, dim=0)
torch.unique_consecutive(c)
torch.searchsorted(torch.tensor([1.0, 3.0, 5.0]), v)
torch.searchsorted(torch.tensor([1, 3, 5]), torch.tensor([3, 4]), right=True)
torch.bucketize(v, torch.tensor([-1.0, 0.0, 1.0]))
torch.msort(d)
"""

LINALG = """
x @ A
A @ v
v @ A
v @ u
T @ U
T @ C
T @ C[:, 0]
torch.matmul(x, A)
torch.mm(x, A)
torch.bmm(T, U)
torch.mv(A, v)
torch.dot(v, u)
torch.vdot(v, u)
torch.inner(x, y)
torch.inner(v, u)
torch.outer(v, u)
torch.ger(v, u)
torch.addmm(v, x, A)
torch.addmm(x, x, A, beta=0.5, alpha=2)
torch.addmv(v, A, u)
torch.addr(A, v, u)
torch.baddbmm(torch.zeros(2, 3, 3), T, U)
torch.addbmm(A, T, U)
torch.einsum("ij,jk->ik", x, A)
torch.einsum("ij->ji", x)
torch.einsum("ij->", x)
torch.einsum("ii", A)
torch.einsum("ii->i", A)
torch.einsum("i,j->ij", v, u)
torch.einsum("bij,bjk->bik", T, U)
torch.einsum("bij,bjk", T, U)
torch.einsum("bhd,bdh->b", T, U)
torch.einsum("...ij,...jk->...ik", T, U)
torch.einsum("ij,ij->i", x, y)
torch.einsum("i,ij,j->", v, A, u)
torch.tensordot(T, C, dims=1)
torch.tensordot(T, U, dims=([1, 2], [2, 1]))
torch.kron(x, A)
torch.trace(A)
torch.cross(x, y, dim=1)
torch.linalg.cross(x, y)
torch.chain_matmul(x, A, B)
torch.linalg.multi_dot([x, A, B])
torch.det(S)
torch.linalg.det(S)
torch.logdet(S)
torch.slogdet(S)
torch.linalg.slogdet(S)
torch.inverse(S)
torch.linalg.inv(S)
torch.linalg.solve(S, v)
torch.linalg.solve(S, A)
torch.linalg.cholesky(S)
torch.cholesky_inverse(torch.linalg.cholesky(S))
torch.linalg.qr(C)
torch.linalg.svdvals(x)
torch.linalg.svd(x, full_matrices=False).S
(lambda f: f[0] @ torch.diag(f[1]) @ f[2])(torch.linalg.svd(x, full_matrices=False))
(lambda f: f[0] @ torch.diag(f[1]) @ f[2].T)(torch.svd(x))
torch.linalg.eigvalsh(S)
torch.linalg.eigh(S).eigenvalues
(lambda f: f[1] @ torch.diag(f[0] ** 2) @ f[1].T)(torch.linalg.eigh(S))
torch.linalg.norm(x)
torch.linalg.norm(v, ord=1)
torch.linalg.vector_norm(x, dim=1)
torch.linalg.matrix_norm(x)
torch.linalg.matrix_power(A, 3)
torch.matrix_power(S, 2)
torch.linalg.pinv(x)
torch.pinverse(x)
torch.linalg.matrix_rank(x)
torch.matrix_exp(A / 4)
torch.linalg.lstsq(C, torch.ones(4, 1)).solution
torch.linalg.cond(S) > 0
torch.linalg.solve_triangular(torch.triu(S), A, upper=True)
torch.cdist(x, A)
torch.cdist(x, A, p=1)
torch.cosine_similarity(x, y)
torch.nn.functional.cosine_similarity(x, y, dim=0)
torch.pairwise_distance(x, y)
torch.nn.functional.normalize(x, dim=1)
"""

EDGES = """
torch.tensor([0.0, -0.0, 2.0], requires_grad=True).abs()
torch.tensor([0.0, 1.0], requires_grad=True).sqrt()
torch.tensor([0.0, 1.0], requires_grad=True).relu()
o ** 0
o ** 2
o ** 3
o ** 1
o ** torch.tensor([0.0, 2.0, 3.0])
torch.tensor([0.0, 2.0]) ** o[1:]
(-p) ** 2
(-p) ** 3
torch.tensor([-2, 3]) ** 2
o.abs().pow(1.5)
o.sign()
o.log().exp()
o.norm()
(o * 0).norm()
(o * 0).norm(dim=0)
torch.linalg.vector_norm(o * 0, ord=1)
o.prod()
B.prod(1) * 0 + o.prod()
torch.tensor([[0.0, 0.0, 2.0], [1.0, 0.0, 3.0]]) * v
(torch.tensor([[0.0, 0.0, 2.0], [1.0, 0.0, 3.0]]) * v).prod(1)
o.cumprod(0)
o.cumsum(0).clamp(0, 1)
torch.clamp(torch.tensor([-1.0, 0.0, 1.0]) + o * 0, 0, 1)
torch.max(ties)
torch.min(ties)
ties.max(1)
ties.min(1)
ties.amax(1)
ties.amax()
ties.amin((0, 1))
ties.argmax(1)
ties.argmin(1)
torch.maximum(ties, ties.detach())
torch.fmax(ties, ties.detach())
ties.median()
ties.sort(1)
ties.sort(dim=1, stable=True, descending=True)
ties.cummax(1)
z.max()
z.max(0)
z.argmax()
z.min(0).indices
z.sum()
z.sort().values
z.sort(descending=True).values
torch.fmax(z.detach(), torch.ones(5))
torch.maximum(z.detach(), torch.ones(5))
torch.softmax(torch.tensor([[float("-inf"), 0.0], [1000.0, 0.0]]), 1)
torch.log_softmax(torch.tensor([[float("-inf"), 0.0], [1000.0, 0.0]]), 1)
torch.logsumexp(torch.full((2, 2), float("-inf")), 1)
torch.logaddexp(torch.tensor(float("-inf")), torch.tensor(float("-inf")))
torch.sigmoid(torch.tensor([-1000.0, 1000.0, 0.0]))
torch.nn.functional.softplus(torch.tensor([-100.0, 0.0, 30.0, 1000.0]))
torch.xlogy(torch.zeros(2), torch.tensor([0.0, 2.0]))
torch.sinc(o)
torch.atan2(o, o)
torch.erfinv(torch.tensor([-1.0, 0.0, 1.0]))
torch.logit(torch.tensor([0.0, 0.5, 1.0]))
torch.round(torch.tensor([0.5, 1.5, 2.5, -0.5]))
torch.tensor([-7, 7]) // torch.tensor([2, -2])
torch.tensor([-7, 7]) % torch.tensor([2, -2])
torch.tensor([-7.0, 7.0]) % torch.tensor([2.0, -2.0])
torch.fmod(torch.tensor([-7, 7]), 2)
torch.tensor([1.0, -1.0]) / 0
torch.tensor([1.0, 0.0]) // 0
torch.tensor([1.0]).std()
torch.tensor([1.0, 1.0]).std(unbiased=False)
torch.var(x[:1], dim=0)
torch.zeros(0).sum()
torch.zeros(0).mean()
torch.zeros(0).prod()
e.sum(0)
e.mean(0)
e.sum(1)
e.prod(0)
torch.zeros(0, 3) @ A
torch.zeros(2, 0) @ torch.zeros(0, 3)
torch.cat([torch.zeros(0), v])
torch.zeros(0).tolist()
e.reshape(3, 0).shape
e.flatten().shape
torch.zeros(2, 0).argmax(0).shape
torch.nonzero(torch.zeros(3))
torch.unique(torch.zeros(0))
s[None]
s[...]
s.sum(0)
s.max(0)
s.softmax(0)
s.unsqueeze(0).squeeze()
s.flatten()
s.repeat(2)
s.expand(2, 3)
s.t()
s.transpose(0, 0)
s.cumsum(0)
s.sort()
s.flip(())
torch.stack([s, s])
torch.cat([s[None], v])
s @ s if False else s * s
torch.dot(v[:0], v[:0])
x[:0].sum()
x[[]].shape
x[torch.zeros(2, dtype=torch.bool)]
x[:, torch.tensor([], dtype=torch.long)].sum()
x[b & False].sum()
torch.where(o == 0, 0.0, 1 / o)
torch.where(o > 0, o.log(), 0.0)
x.masked_fill(b, float("-inf")).max()
torch.nan_to_num(o / 0)
x.std(dim=1, keepdim=True) * 0 + x
torch.arange(5) / 2
torch.arange(0, 1, 0.25)
torch.arange(5, 0, -2)
torch.linspace(0, 1, 5)
torch.eye(2, 3)
torch.full((2,), 3)
torch.full((2,), 3.0)
torch.full((2,), True)
torch.zeros_like(n)
torch.ones_like(x)
torch.tensor([1, 2.0])
torch.tensor([True, False])
torch.tensor(np.array([1.0, 2.0]))
torch.tensor([[1, 2], [3, 4]]).float().mean()
torch.zeros(2, dtype=torch.long) + 0.5
"""

ALIASES = """
torch.relu_(x.clone())
torch.sigmoid_(x.clone())
torch.zero_(x.clone())
torch.clamp_(x.clone(), -1, 1)
x.cov()
x.corrcoef()
torch.scatter_reduce(torch.zeros(3), 0, i, v, reduce="sum")
torch.scatter_reduce(torch.ones(4), 0, c, q.flatten(), reduce="amax")
torch.ones(4).scatter_reduce(0, c, q.flatten(), reduce="amin", include_self=False)
torch.ones(4).scatter_reduce(0, c, q.flatten(), reduce="mean")
torch.ones(4).scatter_reduce(0, c, q.flatten(), "mean", include_self=False)
torch.zeros(4).scatter_reduce_(0, c, x.flatten(), reduce="amax", include_self=False)
torch.vander(v.detach())
torch.vander(v.detach(), N=2, increasing=True)
torch.unravel_index(torch.tensor([4, 1]), (2, 3))
torch.cumulative_trapezoid(x)
torch.nanquantile(v, 0.5)
torch.select_scatter(x, v, 0, 1)
torch.slice_scatter(x, y[:, :1], 1, 0, 1)
torch.diagonal_scatter(A, v)
x.put(torch.tensor([0, 5]), v[:2])
x.new_zeros(2), x.new_ones(1, 2), x.new_tensor([1, 2]), x.new_full((2,), 3), n.new_empty(0)
"""

PYTHON = """
np.float64(2) * x.detach()
x * np.float32(2)
x.detach() + np.float64(1)
x ** np.int64(2)
np.int64(3) + n
n / np.float32(2)
abs(s.item()) > 0
sum([v[0], v[1], v[2]])
sum([x, y])
max(v[0], v[1])
min(v.tolist()) == v.min().item()
max(v.tolist()) == float(v.max())
int(n[0, 0]), float(s) == s.item(), bool(n[0, 0] > 100)
[t.shape for t in x]
[i2.item() for i2 in i]
len(x), len(v)
list(zip(i.tolist(), v.detach().tolist()))[0][0]
3 in n
-7 in n
x is x
x == None
x.shape == (2, 3)
x.shape[-1] * 2
x.size()[0]
tuple(x.shape)
list(x.shape)
x.shape.numel()
torch.Size([2, 3]) == x.shape
str(x.shape), repr(x.size()), str(x.dtype), str(x.device)
f"{s.item():.2f}" == f"{s:.2f}"
f"{x.shape} {x.dtype}"
isinstance(x, torch.Tensor)
isinstance(n, torch.LongTensor), isinstance(x, torch.FloatTensor)
torch.is_tensor(x), torch.is_tensor([1])
x.dtype == torch.float32, x.dtype is torch.float
x.dtype.is_floating_point, n.dtype.is_floating_point
x.device.type, x.device == torch.device("cpu")
x.requires_grad, x.is_leaf, (x * 2).is_leaf, (x * 2).requires_grad
x.grad is None, x.grad_fn is None
x.detach().requires_grad, x.data.requires_grad
(x * 2).grad_fn.name(), (x + 1).grad_fn.name()
(x @ A).grad_fn.name(), x.sum().grad_fn.name(), x.relu().grad_fn.name()
(x / 2).grad_fn.name(), x.exp().grad_fn.name(), (x - y).grad_fn.name(), x.mean().grad_fn.name()
(-x).grad_fn.name(), (x ** 2).grad_fn.name(), x.t().grad_fn.name(), x.view(-1).grad_fn.name()
__import__("copy").deepcopy(n)
__import__("copy").copy(n)
torch.Tensor([1, 2])
torch.Tensor(2, 3).shape
torch.FloatTensor([1, 2]), torch.LongTensor([1, 2])
torch.tensor(5).item(), torch.tensor(2.5).item(), torch.tensor(True).item()
torch.tensor([[1, 2], [3, 4]]).tolist()
x.numpy(force=True).shape
x.detach().numpy().dtype
n.numpy().sum()
np.asarray(n).shape
np.array(x.detach()).shape
np.sqrt(p.detach().numpy()).shape
torch.from_numpy(np.arange(3.0))
torch.as_tensor([1, 2])
torch.as_tensor(np.ones(2))
torch.tensor(x.tolist()).shape
torch.tensor([v[0].item(), 1.0]).shape
torch.stack([torch.tensor(float(k)) for k in range(3)])
torch.tensor([t for t in [1, 2, 3]])
v[::2]
v.flip(0).tolist() == v.tolist()[::-1]
sorted(v.tolist()) == v.sort().values.tolist()
(x > 0).any().item(), (x > -9).all().item()
x.gt(0).sum().item()
x[x.argmax() // 3, x.argmax() % 3] == x.max()
n[n > 0].float().mean() if (n > 0).any() else n
torch.zeros(3, dtype=torch.int64).bincount(minlength=2)
1 - x, 1 / r, 2 ** x, 10 // k, 10 % k
x.pow(2).sum().sqrt()
((x - y) ** 2).mean()
-(q * q.log()).sum()
(x @ A + v).relu().sum(0).softmax(0)
x.add(1).mul(2).sub(3).div(4)
"""

SECTIONS = {
    "elementwise": ELEMENTWISE, "compare": COMPARE, "promotion": PROMOTION, "reduce": REDUCE, "shape": SHAPE, "index": INDEX,
    "inplace": INPLACE, "order": ORDER, "linalg": LINALG, "edges": EDGES, "aliases": ALIASES, "python": PYTHON,
}  # fmt: skip

LINES = [line for text in SECTIONS.values() for line in text.strip().splitlines()]

#: calls that must fail: both engines raise the same type, and the text begins alike
ERRORS = """
x + torch.ones(4)
x @ x
torch.mm(x, v)
x.view(5)
x.reshape(4, 2)
x.sum(dim=2)
x.squeeze(3)
x[5]
x[0, 0, 0]
x[torch.tensor([0, 7])]
torch.cat([x, B])
torch.stack([x, A])
torch.gather(x, 1, n.float())
x.item()
bool(x)
len(s)
x.numpy()
n.clone().requires_grad_()
x.add_(1)
x.backward()
n.sum().backward()
x.expand(4, 4)
v.expand(2, -1, 3)
torch.max(x, dim=3)
x.permute(0, 0)
torch.zeros(2, 3).view(-1, -1)
n.mean()
b - b
-b
x & y
torch.tensor([[1, 2], [3]])
torch.zeros(2).add_(torch.zeros(3))
n.clone().add_(1.5)
torch.cat([])
torch.stack([])
torch.dot(x, y)
torch.bmm(x, A)
torch.linalg.inv(x)
torch.einsum("ij,jk->ik", x, y)
x.chunk(0)
torch.split(x, -1)
torch.zeros(0).max()
torch.zeros(0).argmax()
torch.clamp(x)
int(z[0])
y2 = x.exp(); y2.add_(1); y2.sum().backward()
y2 = (x * x).sum(); y2.backward(); y2.backward()
torch.linalg.cholesky(-S)
torch.topk(x, 5)
-(x > 0)
torch.zeros(2, 2)[torch.tensor([True])]
torch.linalg.solve(torch.zeros(2, 2), torch.ones(2))
torch.outer(x, x)
torch.einsum("ij,jk", x)
x.repeat(2)
x.narrow(0, 1, 5)
x.split([1, 1], 1)
""".strip().splitlines()


#: words of lines that look at values, or whose shapes depend on them: a GPU must be waited for
LOOKING = (
    "item()", "tolist()", "numpy(", "float(", "int(", "nonzero", "where(b)", "allclose", "equal(", "unique", "bincount", "histc",
    "quantile", "repeat_interleave", "one_hot", "masked_select", "masked_scatter", "argwhere", "x[b", "T[b", "y[b", "b[0]]",
    "[x > 0]", "[n > 0]", "torch.bool)]", " in n", "max(v[", "copy(n)", "s:.2f",
)  # fmt: skip
#: words of lines that are about the host
HOST = (".numpy()", "np.asarray(n)", "np.array(x", "n.type()", "x.device")


def compute(torch: Any, line: str, device: str = "cpu") -> tuple[list[Any], dict[str, Any]]:
    """A line's results one after another, and the gradients of their weighted sum by name of input."""
    names = {k: torch.from_numpy(np.array(a)).to(device) for k, a in numbers().items()}
    leaves = {k: x.requires_grad_() for k, x in names.items() if x.dtype.is_floating_point}
    *statements, expression = line.split("; ")
    scope = {"torch": torch, "np": np, **names}
    for statement in statements:
        exec(statement, scope)
    results = list(flat(eval(expression, scope)))
    ends = [y for y in results if isinstance(y, torch.Tensor) and y.requires_grad]
    if not ends:
        return results, {}
    total = sum((y.double() * torch.from_numpy(weights(tuple(y.shape))).to(device)).sum() for y in ends)
    grads = torch.autograd.grad(total, list(leaves.values()), allow_unused=True)
    return results, {k: g for k, g in zip(leaves, grads, strict=True) if g is not None}


def answer(results: list[Any], gradients: dict[str, Any]) -> dict[str, Any]:
    """What :func:`compute` gave, as it is kept."""
    return {"results": [told(y) for y in results], "gradients": {k: told(g) for k, g in gradients.items()}}


def refusal(torch: Any, line: str) -> tuple[str, str]:
    """How a line fails: the built-in exception that it is, and the first words of its text."""
    try:
        compute(torch, line)
    except Exception as error:
        builtin = next(kind for kind in type(error).__mro__ if kind.__module__ == "builtins")
        return builtin.__name__, str(error).splitlines()[0].rstrip(".")[:40]
    raise AssertionError(f"{line} does not fail")


def weights(shape: tuple[int, ...]) -> Any:
    """The same numbers for the same shape."""
    return np.cos(np.arange(int(np.prod(shape))) + 1.0).reshape(shape)


def flat(result: Any) -> Iterator[Any]:
    """Tensors and plain values, one after another."""
    if isinstance(result, (tuple, list)) and not hasattr(result, "numel"):
        for part in result:
            yield from flat(part)
    else:
        yield tuple(result) if isinstance(result, tuple) else result


def told(y: Any) -> Any:
    """A tensor as dtype, shape and numbers; anything else as its text."""
    if not hasattr(y, "detach"):
        return str(y)
    array = y.detach().cpu().numpy()
    digits = [float(f"{v:.8g}") if isinstance(v, float) else v for v in array.reshape(-1).tolist()]
    return {"dtype": str(y.dtype), "shape": list(y.shape), "values": digits}


def write() -> None:
    """Writes PyTorch's answers."""
    import warnings

    import torch

    warnings.simplefilter("ignore")
    kept: dict[str, dict[str, Any]] = {
        "answers": {line: answer(*compute(torch, line)) for line in LINES},
        "errors": {line: refusal(torch, line) for line in ERRORS},
    }
    rows = [
        f"{json.dumps(part)}: {{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in of.items()) + "\n}"
        for part, of in kept.items()
    ]
    GOLDEN.write_text("{\n" + ",\n".join(rows) + "\n}\n")


if __name__ == "__main__":
    write()
