"""What autograd does: leaves, grad_fn, hooks, no_grad, detach, higher derivatives."""

import torch

x = torch.ones(2, 2, requires_grad=True)
print(x)
y = x + 2
print(y, y.grad_fn.name())
z = y * y * 3
out = z.mean()
print(z, out)
out.backward()
print(x.grad)
a = torch.randn(2, 2)
a = (a * 3) / (a - 1)
print(a.requires_grad)
a.requires_grad_(True)
print((a * a).sum().grad_fn.name())
v = torch.tensor([0.1, 1.0, 0.0001])
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
y = x * 2
while y.data.norm() < 1000:
    y = y * 2
print(y)
y.backward(v)
print(x.grad)
with torch.no_grad():
    print((x**2).requires_grad)
print((x**2).detach().requires_grad, x.is_leaf, (x * 2).is_leaf)
x = torch.tensor(3.0, requires_grad=True)
y = x**4
(g1,) = torch.autograd.grad(y, x, create_graph=True)
(g2,) = torch.autograd.grad(g1, x, create_graph=True)
(g3,) = torch.autograd.grad(g2, x)
print(g1, g2, g3)
h = torch.tensor([1.0, 2.0], requires_grad=True)
mid = h * 3
mid.retain_grad()
handle = mid.register_hook(lambda g: g * 10)
mid.sum().backward()
print(mid.grad, h.grad)
handle.remove()
h.grad = None
h.exp().sum().backward()
print(h.grad)
try:
    s = (h * h).sum()
    s.backward()
    s.backward()
except RuntimeError as e:
    print(type(e).__name__, str(e)[:60])
try:
    (h * 2).backward()
except RuntimeError as e:
    print(e)
try:
    t = h.exp()
    t += 1
    t.sum().backward()
except RuntimeError as e:
    print("inplace" in str(e) or "in-place" in str(e))
f = lambda x: (x**3).sum()
print(torch.autograd.functional.hessian(f, torch.tensor([1.0, 2.0])))
print(torch.autograd.functional.jacobian(torch.exp, torch.tensor([0.0, 1.0])))
u = torch.rand(3, requires_grad=True)
print(
    torch.autograd.gradcheck(
        lambda t: (t.sin() * t).sum(), torch.tensor([0.3, 0.7], dtype=torch.float64, requires_grad=True)
    )
)
