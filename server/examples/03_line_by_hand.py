# title: A line fitted by hand
# teaches: Training is four steps in a loop: forward, loss, backward, and a small step against the gradient.
import torch

torch.manual_seed(0)

x = torch.linspace(-1, 1, 12)
y = 3 * x - 0.5 + 0.1 * torch.randn(12)  # what we hope to find again: slope 3, offset -0.5

slope = torch.tensor(0.0, requires_grad=True)
offset = torch.tensor(0.0, requires_grad=True)
rate = 0.4

for step in range(15):
    guess = slope * x + offset
    loss = ((guess - y) ** 2).mean()

    loss.backward()

    with torch.no_grad():  # the step itself is not part of any graph
        slope -= rate * slope.grad
        offset -= rate * offset.grad
    slope.grad = None  # else the next gradient would be added to this one
    offset.grad = None

    print(f"step {step + 1}: loss {loss.item():.4f}, line {slope.item():+.2f} x {offset.item():+.2f}")
