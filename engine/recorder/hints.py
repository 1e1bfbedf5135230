"""What to try, for the errors that learners meet most. One row per error."""
# ruff: noqa: E501 - one row, one line

from __future__ import annotations

import re

from engine.recorder.budget import OutputLimit

#: (what the exception's class name and message look like, what to try)
HINTS = [
    (r"OutputLimit", "Print less: inside a loop, print every 100th step only."),
    (r"TimeLimit", "Is this loop meant to end? Count its rounds, or make them fewer."),
    (r"ModuleNotFoundError", "Scripts can import torch, numpy and what comes with Python."),
    (r"EOFError", "Nobody can type here: write the value into the script."),
    (r"mat1 and mat2 shapes", "Look at the shapes on the failing node: the columns of the first matrix must be the rows of the second."),
    (r"The size of tensor a", "Line the shapes up from the right: each pair of sizes must be equal, or one of them 1. unsqueeze() adds a 1."),
    (r"modified by an inplace operation", "Replace the in-place write (x += y, x[i] = y, x.relu_()) by one that makes a new tensor (x = x + y)."),
    (r"backward through the graph a second time", "Build the graph again before the second backward(), or pass retain_graph=True to the first."),
    (r"does not require grad and does not have a grad_fn", "Nothing in the loss requires grad: was it made under no_grad(), by detach() or .item(), or from data only?"),
    (r"grad can be implicitly created only for scalar", "Make the loss a single number first, for example with .mean() or .sum()."),
    (r"Can't call numpy\(\) on Tensor that requires grad", "Use x.detach().numpy()."),
    (r"leaf Variable that requires grad is being used in an in-place", "Wrap the update in `with torch.no_grad():`."),
    (r"not enough memory|MemoryError|Unable to allocate", "Use smaller tensors or a smaller batch; the run's memory is limited."),
    (r"RecursionError", "A function calls itself without end, or very deeply; use a loop instead."),
    (r"IndentationError|TabError", "Indent the lines of one block alike, with spaces only."),
    (r"SyntaxError.*(never closed|EOF|unterminated)", "A bracket or quote that opens here is not closed."),
    (r"NameError: name 'torch'", "Add `import torch` at the top."),
    (r"NameError: name 'nn'", "Add `import torch.nn as nn` at the top."),
    (r"NameError: name 'F'", "Add `import torch.nn.functional as F` at the top."),
    (r"NameError: name 'np'", "Add `import numpy as np` at the top."),
    (r"PermissionError|Operation not permitted", "Scripts run locked in: no files, no network, no other programs. Make the data in the script."),
    (r"on the same device", "Move both to one device: x.to(device)."),
]  # fmt: skip


def hint(error: BaseException) -> str | None:
    """What to try after this error; ``None`` when there is nothing better than its message."""
    name = OutputLimit.__name__ if isinstance(error, OutputLimit) else type(error).__name__
    said = f"{name}: {error}"
    return next((tip for pattern, tip in HINTS if re.search(pattern, said)), None)
