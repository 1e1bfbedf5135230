"""Linear regression by hand: no nn, no optim."""
import torch

torch.manual_seed(0)
w_true, b_true = torch.tensor([2.0, -3.4]), 4.2
X = torch.randn(200, 2)
y = X @ w_true + b_true + torch.randn(200) * 0.01

w = torch.zeros(2, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
lr = 0.1
for epoch in range(30):
    y_hat = X @ w + b
    loss = ((y_hat - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= lr * w.grad
        b -= lr * b.grad
        w.grad.zero_()
        b.grad.zero_()
    if epoch % 5 == 0:
        print(f"epoch {epoch:2d} loss {loss.item():.6f}")
print("w", w)
print("b", b.item())
print("error", (w_true - w.detach()).abs())
