"""Gradients through an unrolled simulation, and through control flow that depends on values."""
import torch

pos0 = torch.tensor([0.0, 1.0])
target = torch.tensor([3.0, 0.5])
velocity = torch.tensor([1.0, 1.0], requires_grad=True)
g = torch.tensor([0.0, -1.0])
for it in range(15):
    pos, vel = pos0, velocity
    bounces = 0
    for _ in range(20):
        vel = vel + 0.1 * g
        pos = pos + 0.1 * vel
        if pos[1] < 0:
            vel = torch.stack([vel[0], -0.8 * vel[1]])
            pos = torch.stack([pos[0], -pos[1]])
            bounces += 1
    loss = ((pos - target) ** 2).sum()
    loss.backward()
    with torch.no_grad():
        velocity -= 0.1 * velocity.grad
    velocity.grad = None
    if it % 5 == 0:
        print(it, bounces, f"{loss.item():.4f}", velocity)
x = torch.tensor(27.0, requires_grad=True)
y, n = x, 0
while y > 1.5:
    y = y / 2 if n % 2 == 0 else y.sqrt()
    n += 1
y.backward()
print(n, y, x.grad)
