"""The benchmark of ``bench.engine`` on a GPU: this engine on CuPy beside PyTorch on CUDA, bare and fully traced.

Every repetition ends with the device's work done. Runs from a plain checkout: ``python3 -m bench.gpu [--write docs/gpu.md]``.
"""

from __future__ import annotations

import argparse
import platform
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import engine
from bench.engine import _torch, traced
from bench.measure import medians, table, time_text
from bench.models import works
from engine.device import cuda_devices, cuda_problem, device

TEXT = """# On a GPU

`python3 -m bench.gpu --write docs/gpu.md` writes this page on a machine with an NVIDIA GPU;
`make test-gpu` runs the op table there.

{table}

{about}

An eager framework is bound by its launches where the arrays are small.
PyTorch launches from C++, this engine from Python through CuPy:
there the ratio is that of the hosts. Where the arrays are large both wait for the same device.
"""


def large(torch: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Work in which the arrays are large, so that the device and not the host is busy."""
    nn = torch.nn

    def chain() -> Callable[[], Any]:
        a = torch.full((4096, 4096), 0.5, requires_grad=True)
        b = torch.full((4096, 4096), 0.1)

        def run() -> None:
            x = a
            for _ in range(10):
                x = torch.tanh(x * a + b)
            x.sum().backward()
            a.grad = None

        return run

    def mlp() -> Callable[[], Any]:
        model = nn.Sequential(*[nn.Sequential(nn.Linear(4096, 4096), nn.ReLU()) for _ in range(4)])
        x = torch.randn(1024, 4096)

        def run() -> None:
            model.zero_grad()
            model(x).sum().backward()

        return run

    def conv() -> Callable[[], Any]:
        model = nn.Sequential(
            nn.Conv2d(3, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(),
            nn.Conv2d(64, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2),
        )  # fmt: skip
        x = torch.randn(64, 3, 64, 64)

        def run() -> None:
            model.zero_grad()
            model(x).sum().backward()

        return run

    yield "chain of 30 ops, (4096, 4096)", chain()
    yield "MLP, 4 layers of 4096, batch 1024", mlp()
    yield "convolutions, 64 x 64 x 64 x 64", conv()


def waited(work: Callable[[], Any], wait: Callable[[], Any]) -> Callable[[], Any]:
    """The work, and the device's part of it done."""

    def run() -> None:
        work()
        wait()

    return run


def main() -> None:
    """Prints the table; with ``--write`` also puts it into a page of the docs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="only work whose name holds this")
    parser.add_argument("--write", type=Path, help="the page of the docs to put the table into")
    parser.add_argument("--bare", action="store_true", help="leave out the traced runs")
    asked = parser.parse_args()
    problem = cuda_problem()
    if problem is not None:
        raise SystemExit(f"no GPU: {problem}")
    torch = _torch()
    engine.set_default_device("cuda")
    theirs: dict[str, Callable[[], Any]] = {}
    if torch is not None and torch.cuda.is_available():
        torch.set_default_device("cuda")
        theirs = {**dict(works(torch)), **dict(large(torch))}
    wait = device("cuda").synchronize
    rows = []
    for name, ours in [*works(engine), *large(engine)]:
        if asked.only not in name:
            continue
        turns = {"ours": waited(ours, wait)}
        if not asked.bare:
            turns["traced"] = waited(traced(ours), wait)
        if name in theirs:
            turns["torch"] = waited(theirs[name], torch.cuda.synchronize)
        found = medians(turns, rounds=5)
        peer = found.get("torch")
        rows.append(
            [name]
            + [time_text(found[key]) if key in found else "-" for key in ("torch", "ours", "traced")]
            + [f"{found[key] / peer:.2f}" if peer and key in found else "-" for key in ("ours", "traced")]
        )
        print(rows[-1], flush=True)
    text = table(["work", "PyTorch", "ours", "traced", "ours / PyTorch", "traced / PyTorch"], rows)
    import cupy
    import numpy

    about = (
        f"{cuda_devices()[0]['name']}, Python {platform.python_version()}, NumPy {numpy.__version__}, CuPy {cupy.__version__}"
        + (f", PyTorch {torch.__version__}" if theirs else "")
        + "; forward and backward (or a whole training step), float32, medians of 5 turns, the device waited for each time."
    )
    print(text, about, sep="\n\n")
    if asked.write:
        asked.write.write_text(TEXT.format(table=text, about=about), encoding="utf-8")


if __name__ == "__main__":
    main()
