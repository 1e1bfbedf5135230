# title: A small CNN on drawn digits
# teaches: One small kernel slides over the whole picture, so its gradient is a sum over all places.
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(1)

DRAWN = """
.####... ...##... .####...
#....#.. ..###... #....#..
#....#.. .#.##... .....#..
#....#.. ...##... ....#...
#....#.. ...##... ..##....
#....#.. ...##... .#......
.####... .######. ######..
........ ........ ........
"""

rows = [row.split() for row in DRAWN.split("\n") if row]
digits = torch.tensor([[[float(p == "#") for p in row[k]] for row in rows] for k in range(3)])  # (3, 8, 8)


def batch(n):
    """Noisy, shifted copies: pictures (n, 1, 8, 8) and which digit each is (n,)."""
    which = torch.arange(n) % 3
    pictures = torch.roll(digits[which], shifts=int(torch.randint(0, 2, (1,))), dims=2)
    return (pictures + 0.3 * torch.randn(n, 8, 8)).unsqueeze(1), which


class SmallCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.edges = nn.Conv2d(1, 4, kernel_size=3, padding=1)
        self.shapes = nn.Conv2d(4, 8, kernel_size=3, padding=1)
        self.name = nn.Linear(8 * 2 * 2, 3)

    def forward(self, pictures):
        h = F.max_pool2d(F.relu(self.edges(pictures)), 2)  # (n, 4, 4, 4)
        h = F.max_pool2d(F.relu(self.shapes(h)), 2)  # (n, 8, 2, 2)
        return self.name(h.flatten(1))


model = SmallCNN()
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)

for step in range(15):
    pictures, which = batch(12)
    scores = model(pictures)
    loss = F.cross_entropy(scores, which)

    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

    right = (scores.argmax(1) == which).sum().item()
    print(f"step {step + 1}: loss {loss.item():.3f}, {right} of 12 right")
