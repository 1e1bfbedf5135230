"""Logistic regression by Newton's method: Hessians, solve, float64."""
import torch

torch.manual_seed(2)
torch.set_default_dtype(torch.float64)
X = torch.cat([torch.ones(80, 1), torch.randn(80, 2)], dim=1)
true = torch.tensor([0.5, 1.5, -2.0])
y = torch.bernoulli(torch.sigmoid(X @ true))
print(y.mean())


def nll(w):
    z = X @ w
    return torch.nn.functional.binary_cross_entropy_with_logits(z, y) + 0.01 * w.dot(w)


w = torch.zeros(3)
for step in range(5):
    w.requires_grad_(True)
    loss = nll(w)
    (g,) = torch.autograd.grad(loss, w)
    H = torch.autograd.functional.hessian(nll, w)
    w = (w - torch.linalg.solve(H, g)).detach()
    print(step, f"{loss.item():.6f}", g.norm())
print(w)
print(torch.linalg.eigvalsh(H))
print(torch.allclose(torch.linalg.inv(H) @ H, torch.eye(3)))
print(torch.func.grad(nll)(w).abs().max() < 1e-6)
