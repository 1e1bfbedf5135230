"""The models that the benchmarks run, written once in plain PyTorch and built on whichever ``torch`` is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any


def models(torch: Any) -> dict[str, Callable[[], tuple[Any, Any]]]:
    """Name → a function that makes ``(module, input)`` with the given torch."""
    nn = torch.nn
    F = torch.nn.functional

    class MLP(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self, layers: int, width: int = 64) -> None:
            super().__init__()
            self.layers = nn.ModuleList([nn.Linear(width, width) for _ in range(layers)])

        def forward(self, x: Any) -> Any:
            for layer in self.layers:
                x = torch.tanh(layer(x))
            return x

    class Block(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self, width: int, heads: int) -> None:
            super().__init__()
            self.heads = heads
            self.ln1, self.ln2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.fc, self.out = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

        def forward(self, x: Any) -> Any:
            batch, time, width = x.shape
            q, k, v = (
                t.view(batch, time, self.heads, width // self.heads).transpose(1, 2)
                for t in self.qkv(self.ln1(x)).split(width, dim=2)
            )
            scores = (q @ k.transpose(-2, -1)) * (1.0 / (width // self.heads) ** 0.5)
            mask = torch.tril(torch.ones(time, time)).view(1, 1, time, time)
            weights = F.softmax(scores.masked_fill(mask == 0, float("-inf")), dim=-1)
            x = x + self.proj((weights @ v).transpose(1, 2).reshape(batch, time, width))
            return x + self.out(F.gelu(self.fc(self.ln2(x))))

    class GPT(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self, layers: int, width: int = 128, heads: int = 4, vocabulary: int = 65, time: int = 64) -> None:
            super().__init__()
            self.tokens, self.places = nn.Embedding(vocabulary, width), nn.Embedding(time, width)
            self.blocks = nn.ModuleList([Block(width, heads) for _ in range(layers)])
            self.ln, self.head = nn.LayerNorm(width), nn.Linear(width, vocabulary)

        def forward(self, tokens: Any) -> Any:
            x = self.tokens(tokens) + self.places(torch.arange(tokens.shape[1]))
            for block in self.blocks:
                x = block(x)
            return self.head(self.ln(x))

    class LSTM(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self, width: int = 32) -> None:
            super().__init__()
            self.width = width
            self.from_input, self.from_state = nn.Linear(width, 4 * width), nn.Linear(width, 4 * width)

        def forward(self, x: Any) -> Any:
            h = c = torch.zeros(x.shape[1], self.width)
            for t in range(x.shape[0]):
                i, f, g, o = (self.from_input(x[t]) + self.from_state(h)).chunk(4, 1)
                c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
                h = torch.sigmoid(o) * torch.tanh(c)
            return h

    class Residual(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self, inner: int, outer: int, stride: int) -> None:
            super().__init__()
            self.c1, self.b1 = nn.Conv2d(inner, outer, 3, stride, 1, bias=False), nn.BatchNorm2d(outer)
            self.c2, self.b2 = nn.Conv2d(outer, outer, 3, 1, 1, bias=False), nn.BatchNorm2d(outer)
            self.short = nn.Identity()
            if stride != 1 or inner != outer:
                self.short = nn.Sequential(nn.Conv2d(inner, outer, 1, stride, bias=False), nn.BatchNorm2d(outer))

        def forward(self, x: Any) -> Any:
            return F.relu(self.b2(self.c2(F.relu(self.b1(self.c1(x))))) + self.short(x))

    class ResNet(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self, width: int = 16) -> None:
            super().__init__()
            self.c, self.b = nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width)
            blocks, inner = [], width
            for stage, first in enumerate((1, 2, 2, 2)):
                for stride in (first, 1):
                    blocks.append(Residual(inner, width << stage, stride))
                    inner = width << stage
            self.blocks, self.fc = nn.Sequential(*blocks), nn.Linear(inner, 10)

        def forward(self, x: Any) -> Any:
            return self.fc(self.blocks(F.relu(self.b(self.c(x)))).mean((2, 3)))

    return {
        "MLP, 4 layers": lambda: (MLP(4), torch.randn(32, 64)),
        "MLP, 200 layers": lambda: (MLP(200), torch.randn(32, 64)),
        "LSTM, 200 steps": lambda: (LSTM(), torch.randn(200, 8, 32)),
        "GPT, 6 layers": lambda: (GPT(6), torch.randint(0, 65, (4, 64))),
        "GPT, 48 layers": lambda: (GPT(48), torch.randint(0, 65, (4, 64))),
        "ResNet-18 shape, width 16": lambda: (ResNet(16), torch.randn(8, 3, 32, 32)),
    }


def works(torch: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Name and one repetition of every piece of work: forward and backward, or a whole training step."""
    for shape in ((), (32, 32), (256, 256)):
        yield f"chain of 300 small ops, {shape}", _chain(torch, shape)
    for name in ("SGD", "Adam"):
        yield f"digits MLP training step, {name}", _training_step(torch, name)
    for name, make in models(torch).items():
        yield name, _forward_backward(make)


def _chain(torch: Any, shape: tuple[int, ...]) -> Callable[[], Any]:
    a = torch.full(shape, 0.5, requires_grad=True)
    b = torch.full(shape, 0.1)

    def run() -> None:
        x = a
        for _ in range(100):
            x = torch.tanh(x * a + b)
        x.sum().backward()
        a.grad = None

    return run


def _training_step(torch: Any, optimizer: str) -> Callable[[], Any]:
    torch.manual_seed(0)
    nn = torch.nn
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
    x, y = torch.randn(64, 64), torch.randint(0, 10, (64,))
    step = getattr(torch.optim, optimizer)(model.parameters(), lr=1e-3)

    def run() -> None:
        step.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        step.step()

    return run


def _forward_backward(make: Callable[[], tuple[Any, Any]]) -> Callable[[], Any]:
    made: list[Any] = []

    def run() -> None:
        if not made:
            made.extend(make())
        model, x = made
        model.zero_grad()
        model(x).sum().backward()

    return run
