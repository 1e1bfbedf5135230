"""Views and writing: a write through a view changes its base and every other view of it, and backward must know.

A view remembers its *path*, the view ops that lead from the base to it. A write through the view gives the base a new node
(``copy_slices``: the base's former value with the view's new one laid in), from which every other view's node is found again
when it is next used. Source: PyTorch's in-place views, ``CopySlices`` and the regeneration of ``grad_fn``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine import observe
from engine.mode import mode

if TYPE_CHECKING:
    from engine.tensor import Tensor

#: view ops with their attributes, from the base on
Path = tuple[tuple[Any, dict[str, Any]], ...]


def refresh(view: Tensor) -> None:
    """Finds the view's node again where its storage was written since. Called whenever a view is an op's input."""
    version, base = view.version, view.base
    if version is None or base is None or view.path is None or view.seen == version.n or not mode.grad:
        return
    view.seen = version.n
    if base.node is not None or view.node is not None:
        view.node = along_path(base, view.path).node


def rebase(view: Tensor) -> None:
    """After a write through ``view``: its base's node, and its own through the base."""
    from engine.op import OPS, apply

    base, path = view.base, view.path
    assert base is not None
    if path is None:  # made where nothing was recorded: the base's history does not lead here
        return
    if view.node is not None or base.node is not None:
        written = type(base)(view.data_, view.node, view.device)
        kept, mode.quiet = mode.quiet, mode.quiet or not observe.inside
        try:
            base.node = apply(OPS["copy_slices"], (base, written), {"path": path}).node
            view.node = along_path(base, path).node
        finally:
            mode.quiet = kept
    view.seen = view.shared_version().n


def along_path(base: Tensor, path: Path) -> Tensor:
    """The view of ``base`` at the end of ``path``, freshly made."""
    from engine.op import apply

    kept, mode.quiet = mode.quiet, mode.quiet or not observe.inside
    try:
        found = base
        for op, attrs in path:
            found = apply(op, (found,), attrs)
        return found
    finally:
        mode.quiet = kept
