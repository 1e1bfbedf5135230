# title: A vanishing gradient, and the fix
# teaches: Each sigmoid passes on at most a quarter of its gradient; a path around it passes on all of it.
import torch
import torch.nn as nn

torch.manual_seed(0)

DEPTH, WIDTH = 10, 16


class Plain(nn.Module):
    """Sigmoid after sigmoid."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(WIDTH, WIDTH) for _ in range(DEPTH)])

    def forward(self, x):
        for layer in self.layers:
            x = torch.sigmoid(layer(x))
        return x


class Residual(Plain):
    """The same, with a path around each sigmoid."""

    def forward(self, x):
        for layer in self.layers:
            x = x + torch.sigmoid(layer(x))
        return x


x = torch.randn(8, WIDTH)

for kind in (Plain, Residual):
    torch.manual_seed(0)  # the same weights for both
    model = kind()
    loss = (model(x) ** 2).mean()
    loss.backward()
    norms = [layer.weight.grad.norm().item() for layer in model.layers]
    print(f"{kind.__name__}: gradient at the last layer {norms[-1]:.1e}, at the first {norms[0]:.1e}")
    print(f"  the first layer gets {norms[0] / norms[-1]:.1e} of what the last one gets")
