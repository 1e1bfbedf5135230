# title: An MLP on two moons whose depth depends on its input
# teaches: The graph is made by running the code: an `if` on a value changes it from pass to pass.
import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


def two_moons(n):
    """Two half circles that grip each other: points (n, 2) and labels (n,)."""
    angle = math.pi * torch.rand(n)
    label = (torch.arange(n) % 2).float()
    x = torch.where(label == 0, torch.cos(angle), 1 - torch.cos(angle))
    y = torch.where(label == 0, torch.sin(angle), 0.5 - torch.sin(angle))
    return torch.stack([x, y], dim=1) + 0.1 * torch.randn(n, 2), label


class Thinker(nn.Module):
    """Thinks about a batch once more, as long as it is unsure and has patience."""

    def __init__(self, width=16, patience=4):
        super().__init__()
        self.look = nn.Linear(2, width)
        self.think = nn.Linear(width, width)
        self.say = nn.Linear(width, 1)
        self.patience = patience
        self.thoughts = 0

    def forward(self, points):
        h = torch.tanh(self.look(points))
        answer = self.say(h).squeeze(1)
        self.thoughts = 0
        while self.thoughts < self.patience:
            if answer.abs().mean() > 1.5:  # sure enough: this pass ends here
                break
            h = h + torch.tanh(self.think(h))
            answer = self.say(h).squeeze(1)
            self.thoughts += 1
        return answer


torch.manual_seed(4)
loader = DataLoader(TensorDataset(*two_moons(512)), batch_size=32, shuffle=True)
model = Thinker()
optimizer = torch.optim.Adam(model.parameters(), lr=0.03)

for step, (points, label) in enumerate(loader):
    answer = model(points)
    loss = F.binary_cross_entropy_with_logits(answer, label)

    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

    print(f"step {step + 1}: thought {model.thoughts} times, loss {loss.item():.3f}")
