# title: Attention, one head
# teaches: Every token asks all others; softmax turns the answers into weights, and gradients flow along the weights.
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(3)

TOKENS, WIDTH = 5, 8


class Head(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.query = nn.Linear(width, width, bias=False)
        self.key = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width, bias=False)

    def forward(self, x):
        q, k, v = self.query(x), self.key(x), self.value(x)  # (batch, tokens, width) each
        scores = q @ k.transpose(-2, -1) / math.sqrt(x.shape[-1])  # who asks × who answers
        self.weights = torch.softmax(scores, dim=-1)
        return self.weights @ v


embed = nn.Embedding(4, WIDTH)
place = nn.Parameter(0.1 * torch.randn(TOKENS, WIDTH))
head = Head(WIDTH)
readout = nn.Linear(WIDTH, 4)
optimizer = torch.optim.Adam([*embed.parameters(), place, *head.parameters(), *readout.parameters()], lr=0.03)

for step in range(12):
    tokens = torch.randint(0, 4, (16, TOKENS))
    wanted = tokens[:, 0]  # the last token has to find out what the first one was

    x = embed(tokens) + place
    mixed = head(x)
    scores = readout(mixed[:, -1])
    loss = F.cross_entropy(scores, wanted)

    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

    looks = head.weights[:, -1, 0].mean().item()
    print(f"step {step + 1}: loss {loss.item():.3f}, the last token looks at the first with weight {looks:.2f}")
