"""An autograd engine with torch's face: ``import engine as torch``.

Tensors over NumPy or CuPy, a graph that is built while the code runs (define by run), and observers that may watch.
"""

from __future__ import annotations

import difflib
import math
from typing import Any

import numpy as _np

from engine import dtypes as _dtypes
from engine import ops as _ops  # declares the ops and binds them to Tensor
from engine.creation import (
    arange,
    as_tensor,
    asarray,
    empty,
    empty_like,
    eye,
    from_numpy,
    full,
    full_like,
    get_default_device,
    linspace,
    logspace,
    ones,
    ones_like,
    set_default_device,
    tensor,
    zeros,
    zeros_like,
)
from engine.dtypes import dtype, get_default_dtype, set_default_dtype
from engine.faces import FACES as _FACES
from engine.inspection import (
    are_deterministic_algorithms_enabled,
    can_cast,
    finfo,
    get_float32_matmul_precision,
    get_num_interop_threads,
    get_num_threads,
    iinfo,
    is_complex,
    is_floating_point,
    is_nonzero,
    is_tensor,
    numel,
    promote_types,
    result_type,
    set_default_tensor_type,
    set_float32_matmul_precision,
    set_num_interop_threads,
    set_num_threads,
    set_warn_always,
    typename,
    use_deterministic_algorithms,
)
from engine.mode import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from engine.op import FUNCTIONS as _FUNCTIONS
from engine.printing import get_printoptions, printoptions, set_printoptions
from engine.random import (
    Generator,
    bernoulli,
    default_generator,
    fork_rng,
    get_rng_state,
    initial_seed,
    manual_seed,
    multinomial,
    normal,
    poisson,
    rand,
    rand_like,
    randint,
    randint_like,
    randn,
    randn_like,
    randperm,
    seed,
    set_rng_state,
)
from engine.tensor import Size

__version__ = "0.1.0"

_ops.bind()  # once more: the methods that draw at random came after the ops

# Overflow and 0/0 give inf and nan, as in torch; finding them is the recorder's task. NumPy would print a warning for each,
# and a context manager per op would cost more than most ops.
_np.seterr(all="ignore")

inf, nan, pi, e = math.inf, math.nan, math.pi, math.e
newaxis = None
strided = "strided"
contiguous_format, preserve_format, channels_last = "contiguous_format", "preserve_format", "channels_last"

globals().update({d.name: d for d in _dtypes.ALL})
bool = _dtypes.bool_
half, float, double = _dtypes.float16, _dtypes.float32, _dtypes.float64
short, int, long = _dtypes.int16, _dtypes.int32, _dtypes.int64
cfloat, cdouble = _dtypes.complex64, _dtypes.complex128

globals().update(_FUNCTIONS)
globals().update(_FACES)

_MISSING = "docs/supported.md lists what is there."


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(f"module 'torch' has no attribute {name!r}")
    near = difflib.get_close_matches(name, [n for n in globals() if not n.startswith("_")], n=3, cutoff=0.6)
    tip = f" Did you mean {', '.join(f'torch.{n}' for n in near)}?" if near else ""
    raise AttributeError(f"module 'torch' has no attribute {name!r} in this engine.{tip} {_MISSING}")


from engine import (  # noqa: E402 - they use the names above
    accelerator,
    amp,
    autograd,
    backends,
    cuda,
    distributions,
    func,
    jit,
    linalg,
    nn,
    optim,
    special,
    utils,
)
from engine.amp import autocast  # noqa: E402
from engine.autograd import is_anomaly_enabled  # noqa: E402
from engine.func import vmap  # noqa: E402
from engine.program.compiled import compile  # noqa: E402
from engine.serialization import load, save  # noqa: E402
