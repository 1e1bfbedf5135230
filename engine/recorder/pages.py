"""When a page (pass) begins and ends.

A page opens with the first op after the previous one closed. It closes when its backward has run and an op comes that
has nothing to do with it. What that means, case by case (each is a test in ``tests/engine/test_pages.py``):

* **Plain training loop**: forward, backward, update; the next forward opens the next page.
* **Metrics after backward** (``(logits.argmax(1) == y).float().mean()``): ops that read the page's tensors and need no
  gradient stay. So do ops that read its gradients: an update by hand belongs to the page.
* **Gradient accumulation**: each forward with its backward is a page; the optimizer's step belongs to the last.
* **A GAN**: the second loss reads ``fake``, which the first forward made, so both backwards are on one page.
* **retain_graph, double backward**: ops that read this page's differentiable tensors stay.
* **Truncated sequences**: ``h.detach()`` cuts the tie, so the next chunk opens a page.
* **Setup**: at the start of a run, ops outside any loop or module that need no gradient (making the data) are a page of
  their own.
* **Inference**: where no backward can follow, the outermost module call's end closes the page, but for ops that read
  its tensors. In a script that never goes backward, a loop coming round to the same call opens a page, unless a page's
  tensor is passed on.
* **Optimizer steps** never open a page of their own; an exception leaves the page as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.recorder.schema import PassKind


@dataclass
class Facts:
    """What decides whether an op belongs to the open page."""

    tracked: bool  #: its output requires grad
    updating: bool  #: it runs inside an optimizer's step
    in_module: bool  #: it runs inside a module call
    in_loop: bool  #: the script is in a loop
    tied: bool  #: it reads a tensor that an op of this page made
    graph_tied: bool  #: ... one that requires grad
    wrapped: bool  #: the script never goes backward, and a loop came round to a call


@dataclass
class Page:
    """The open page's state."""

    number: int
    backwards: int = 0  #: backwards that have ended
    tracked: bool = False  #: some op's output requires grad
    setup: bool = False  #: only data-making ops so far
    called: bool = False  #: an outermost module call that no backward can follow has ended
    ops: int = 0

    @property
    def kind(self) -> PassKind:
        if self.backwards:
            return "train"
        if self.setup:
            return "setup"
        return "inference"

    def takes(self, facts: Facts) -> bool:
        """Whether an op with these facts still belongs here."""
        if facts.updating or self.ops == 0:
            return True
        if self.setup:
            return not (facts.tracked or facts.in_module or facts.in_loop)
        if self.backwards:
            return facts.graph_tied or (facts.tied and not facts.tracked)
        if self.called:
            return facts.tied
        return not (facts.wrapped and not facts.tied)

    def add(self, facts: Facts) -> None:
        """Counts an op in."""
        if self.ops == 0:
            self.setup = self.number == 1 and not (facts.tracked or facts.in_module or facts.in_loop or facts.updating)
        self.ops += 1
        self.tracked |= facts.tracked
