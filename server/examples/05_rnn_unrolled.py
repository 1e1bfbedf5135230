# title: An RNN over a sequence, unrolled
# teaches: A loop over time becomes a long graph; the same weights get one gradient from every moment, summed.
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(2)


class Cell(nn.Module):
    """h' = tanh(W [x, h] + b)"""

    def __init__(self, inputs, hidden):
        super().__init__()
        self.mix = nn.Linear(inputs + hidden, hidden)

    def forward(self, x, h):
        return torch.tanh(self.mix(torch.cat([x, h], dim=1)))


cell = Cell(inputs=1, hidden=12)
readout = nn.Linear(12, 1)
optimizer = torch.optim.Adam([*cell.parameters(), *readout.parameters()], lr=0.05)

for step in range(12):
    length = 4 + step % 3  # sequences of different lengths: graphs of different lengths
    bits = (torch.rand(16, length) > 0.5).float()
    first = bits[:, 0]  # to be remembered until the end

    h = torch.zeros(16, 12)
    for moment in range(length):
        h = cell(bits[:, moment : moment + 1], h)
    answer = readout(h).squeeze(1)
    loss = F.binary_cross_entropy_with_logits(answer, first)

    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

    print(f"step {step + 1}: {length} moments, loss {loss.item():.3f}")
