"""Wording: what NumPy and CuPy complain about, said as PyTorch says it, with what to try.

People search for PyTorch's texts, so those come first; the hint follows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.op import Op


class Unsupported(NotImplementedError):
    """Something that PyTorch has and this engine has not (yet)."""


def explain(op: Op, arrays: list[Any], attrs: dict[str, Any], error: BaseException) -> BaseException:
    """The exception to raise instead of ``error``, which an op's forward raised for these arrays."""
    if (
        isinstance(error, (RuntimeError, MemoryError, IndexError, NotImplementedError, AssertionError))
        and op.explains is None
    ):
        return error
    text = op.explains(arrays, attrs) if op.explains is not None else None
    if text is None and op.elementwise:
        text = broadcast_problem(arrays)
    if text is not None:
        return text if isinstance(text, BaseException) else RuntimeError(text)
    if isinstance(error, MemoryError):
        return RuntimeError(
            f"[enforce fail] not enough memory: {op.name} {error}. Try smaller tensors or a smaller batch."
        )
    if isinstance(error, TypeError):
        wrong = next(
            (
                a
                for a in arrays
                if a is not None and not hasattr(a, "dtype") and not isinstance(a, (int, float, complex))
            ),
            None,
        )
        if wrong is not None:
            return TypeError(
                f"{op.name}(): argument must be Tensor, not {type(wrong).__name__}. Try torch.tensor(...) first."
            )
    if isinstance(error, AttributeError) and arrays and not hasattr(arrays[0], "dtype"):
        return not_a_tensor(op, arrays[0])
    if isinstance(error, ValueError):
        return RuntimeError(f"{op.name}: {error}")
    return error


def bad_call(op: Op, args: tuple[Any, ...], error: BaseException) -> BaseException:
    """The exception to raise where a call's arguments did not fit the op's signature."""
    if not args or hasattr(args[0], "data_") or (isinstance(args[0], (tuple, list)) and op.variadic):
        return TypeError(str(error).replace("<lambda>", op.name)) if isinstance(error, TypeError) else error
    return not_a_tensor(op, args[0])


def not_a_tensor(op: Op, given: Any) -> TypeError:
    """The exception for a first argument that is no tensor."""
    return TypeError(
        f"{op.name}(): argument 'input' (position 1) must be Tensor, not {type(given).__name__}. Try torch.tensor(...) first."
    )


def broadcast_problem(arrays: list[Any]) -> str | None:
    """Why these arrays cannot be broadcast against each other; ``None`` when they can."""
    shapes = [tuple(a.shape) for a in arrays if hasattr(a, "shape")]
    for k in range(1, len(shapes)):
        a, b = shapes[k - 1], shapes[k]
        for back in range(1, min(len(a), len(b)) + 1):
            if a[-back] != b[-back] and 1 not in (a[-back], b[-back]):
                return (
                    f"The size of tensor a ({a[-back]}) must match the size of tensor b ({b[-back]}) "
                    f"at non-singleton dimension {max(len(a), len(b)) - back}. "
                    f"Shapes are {list(a)} and {list(b)}; dimensions are lined up from the right and must be equal or 1."
                )
    return None
