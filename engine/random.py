"""Random numbers, draw for draw those of PyTorch's CPU generator.

Source: PyTorch ``ATen/core/MT19937RNGEngine.h``, ``TransformationHelper.h``, ``DistributionTemplates.h``. Numbers are drawn
on the host, whatever the tensor's device: the same seed gives the same run on a CPU and on a GPU.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from engine import box_muller, dtypes
from engine.apply import apply_inplace, check_writable
from engine.creation import place, sized
from engine.mode import mode
from engine.op import drawing, function, op
from engine.ops.axes import as_shape
from engine.tensor import Tensor, write

Host = np.ndarray[Any, Any]

DEFAULT_SEED = 67280421310721  #: torch's seed of a generator that nobody seeded
WIDE = 1 << 28  #: ranges from here on take 64 random bits per integer
TWO_PI = 2 * np.pi
STATE_WORDS = 624  #: of the Mersenne Twister


class Generator:
    """A stream of random numbers: the Mersenne Twister mt19937, and one normal number that waits for its turn."""

    def __init__(self, device: Any = "cpu") -> None:
        self.device = device
        self._twister = np.random.MT19937()
        self._normal: float | None = None  #: Box and Muller make two at a time
        self.manual_seed(DEFAULT_SEED)

    def manual_seed(self, seed: int) -> Generator:
        """Starts the stream that belongs to ``seed`` (any int in 64 bits; the lower 32 count)."""
        if not -(1 << 63) <= seed < 1 << 64:
            raise RuntimeError("Overflow when unpacking long: a seed has at most 64 bits")
        self._seed = int(seed) % (1 << 64)
        self._twister._legacy_seeding(self._seed & 0xFFFFFFFF)
        self._normal = None
        return self

    def seed(self) -> int:
        """Seeds from the system's entropy, and returns that seed."""
        self.manual_seed(int.from_bytes(os.urandom(8), "little"))
        return self._seed

    def initial_seed(self) -> int:
        return self._seed

    def get_state(self) -> Tensor:
        """The state as a tensor of bytes, for :meth:`set_state` of this engine."""
        state = self._twister.state["state"]
        waiting = self._normal is not None
        tail = struct.pack("<QQ?d", self._seed, state["pos"], waiting, self._normal or 0.0)
        return Tensor(np.frombuffer(state["key"].astype("<u4").tobytes() + tail, np.uint8).copy())

    def set_state(self, state: Tensor) -> Generator:
        """Goes on where :meth:`get_state` was called. Raises ``RuntimeError`` for anything else."""
        raw = state.data_.tobytes()
        words = 4 * STATE_WORDS
        if len(raw) != words + struct.calcsize("<QQ?d"):
            raise RuntimeError("RNG state is wrong size: it must come from get_rng_state() of this engine")
        self._seed, pos, waiting, normal = struct.unpack("<QQ?d", raw[words:])
        self._twister.state = {
            "bit_generator": "MT19937",
            "state": {"key": np.frombuffer(raw[:words], "<u4").astype(np.uint32), "pos": pos},
        }
        self._normal = normal if waiting else None
        return self

    def clone_state(self) -> Generator:
        """A generator that gives the same numbers from here on."""
        return Generator(self.device).set_state(self.get_state())

    # ------------------------------------------------------------------------------------------ numbers

    def bits32(self, n: int) -> Host:
        """``n`` numbers of 32 random bits, as uint64."""
        return np.asarray(self._twister.random_raw(n), np.uint64)

    def bits64(self, n: int) -> Host:
        """``n`` numbers of 64 random bits: two draws each, the first on top."""
        pairs = self.bits32(2 * n)
        return (pairs[0::2] << np.uint64(32)) | pairs[1::2]

    def uniform32(self, n: int) -> Host:
        """float32 in [0, 1), of 24 bits."""
        return (self.bits32(n) & np.uint64((1 << 24) - 1)).astype(np.float32) * np.float32(2.0**-24)

    def uniform64(self, n: int) -> Host:
        """float64 in [0, 1), of 53 bits."""
        return (self.bits64(n) & np.uint64((1 << 53) - 1)).astype(np.float64) * 2.0**-53

    def uniform(self, n: int, dtype: Any) -> Host:
        """Numbers in [0, 1) as torch draws them for tensors of this dtype."""
        return self.uniform64(n) if dtype == np.float64 else self.uniform32(n)

    def normal(self, n: int, mean: float, std: float, dtype: Any, *, dense: bool = True) -> Host:
        """Normal numbers as torch draws them: 16 or more at a time by blocks (where memory is dense), fewer one by one."""
        if n < 16 or not dense:
            return (self.normals(n) * std + mean).astype(dtype)
        kind = np.float64 if dtype == np.float64 else np.float32
        u = self.uniform(n, kind)
        z = np.empty(n, kind)
        whole = n - n % 16
        z[:whole] = _box_muller(u[:whole], mean, std)
        if n % 16:
            z[-16:] = _box_muller(self.uniform(16, kind), mean, std)
        return z.astype(dtype, copy=False)

    def normals(self, n: int) -> Host:
        """``n`` standard normal float64, one by one: an odd one is kept for the next call."""
        waiting = [] if self._normal is None else [self._normal]
        pairs = (n - len(waiting) + 1) // 2 if n else 0
        u = self.uniform64(2 * pairs)
        radius, angle = np.sqrt(-2.0 * np.log1p(-u[1::2])), TWO_PI * u[0::2]
        z = np.concatenate([waiting, np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).ravel()])
        if n:
            self._normal = float(z[n]) if len(z) > n else None
        return z[:n]

    def integers(self, n: int, low: int, high: int) -> Host:
        """int64 from ``low`` to ``high - 1``."""
        span = high - low
        bits = self.bits64(n) if span >= WIDE else self.bits32(n)
        return (bits % np.uint64(span)).astype(np.int64) + low

    def permutation(self, n: int) -> Host:
        """0 … n-1 in random order: each place swaps with one not before it (Fisher and Yates)."""
        order = list(range(n))
        steps = self.bits32(max(n - 1, 0)) % np.arange(n, 1, -1, dtype=np.uint64)
        for i, step in enumerate(steps.tolist()):
            order[i], order[i + step] = order[i + step], order[i]
        return np.array(order, np.int64)

    def exponential(self, n: int, rate: float = 1.0) -> Host:
        """float64 with density rate·e^(-rate·x)."""
        return -np.log1p(-self.uniform64(n)) / rate

    def __getstate__(self) -> dict[str, Any]:
        return {"state": self.get_state()}

    def __setstate__(self, kept: dict[str, Any]) -> None:
        self.__init__()  # type: ignore[misc]
        self.set_state(kept["state"])


def _box_muller(u: Host, mean: float, std: float) -> Host:
    """Blocks of 16 uniform numbers → as many normal ones (Box and Muller 1958): radius from the first 8, angle from the rest."""
    if u.dtype == np.float32:
        return box_muller.normals(u, mean, std)
    block = u.reshape(-1, 16)
    radius, angle = np.sqrt(-2.0 * np.log(1.0 - block[:, :8])), TWO_PI * block[:, 8:]
    return np.concatenate([radius * np.cos(angle) * std + mean, radius * np.sin(angle) * std + mean], axis=1).ravel()


default_generator = Generator()


def _from(generator: Generator | None) -> Generator:
    return default_generator if generator is None else generator


# ------------------------------------------------------------------------------------------------ seeds and state


def manual_seed(seed: int) -> Generator:
    """Seeds the default generator; returns it."""
    return default_generator.manual_seed(int(seed))


def seed() -> int:
    """Seeds the default generator from the system's entropy; returns the seed."""
    return default_generator.seed()


def initial_seed() -> int:
    """The seed of the default generator."""
    return default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """The default generator's state, for :func:`set_rng_state`."""
    return default_generator.get_state()


def set_rng_state(state: Tensor) -> None:
    """The default generator goes on from ``state``."""
    default_generator.set_state(state)


@contextmanager
def fork_rng(devices: Any = None, enabled: bool = True, **_: Any) -> Iterator[None]:
    """What is drawn inside does not move the default generator."""
    kept = get_rng_state()
    try:
        yield
    finally:
        if enabled:
            set_rng_state(kept)


# ------------------------------------------------------------------------------------------------ new tensors


def _floating(dtype: Any) -> Any:
    return dtypes.as_numpy(float if dtype is None else dtype)


def _count(shape: tuple[int, ...]) -> int:
    n = 1
    for length in shape:
        n *= length
    return n


@drawing
def rand(
    *size: Any, generator: Generator | None = None, dtype: Any = None, device: Any = None, requires_grad: bool = False, **named: Any
) -> Tensor:  # fmt: skip
    """Uniform numbers in [0, 1)."""
    shape, kind = sized("rand", size, named), _floating(dtype)
    numbers = _from(generator).uniform(_count(shape), kind).astype(kind, copy=False)
    return place(numbers.reshape(shape), None, device, requires_grad)


@drawing
def randn(
    *size: Any, generator: Generator | None = None, dtype: Any = None, device: Any = None, requires_grad: bool = False, **named: Any
) -> Tensor:  # fmt: skip
    """Normal numbers of mean 0 and variance 1."""
    shape, kind = sized("randn", size, named), _floating(dtype)
    return place(_from(generator).normal(_count(shape), 0.0, 1.0, kind).reshape(shape), None, device, requires_grad)


@drawing
def randint(
    low: int, high: Any = None, size: Any = None, *, generator: Generator | None = None, dtype: Any = None, device: Any = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Whole numbers from ``low`` (0 unless given) to ``high - 1``: ``randint(high, size)`` or ``randint(low, high, size)``."""
    if size is None and not isinstance(high, int):
        low, high, size = 0, low, high
    elif high is None:
        low, high = 0, low
    if size is None:
        raise TypeError("randint() needs size: torch.randint(low, high, (rows, columns))")
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    shape = sized("randint", (size,), {})
    numbers = _from(generator).integers(_count(shape), int(low), int(high))
    return place(numbers.reshape(shape), dtype if dtype is not None else dtypes.int64, device, requires_grad)


@drawing
def randperm(
    n: int, *, generator: Generator | None = None, dtype: Any = None, device: Any = None, requires_grad: bool = False, **_: Any
) -> Tensor:  # fmt: skip
    """0 … n-1 in random order."""
    return place(_from(generator).permutation(n), dtype if dtype is not None else dtypes.int64, device, requires_grad)


def _as(x: Tensor, options: dict[str, Any]) -> dict[str, Any]:
    options.pop("memory_format", None), options.pop("layout", None)
    return {"dtype": x.dtype, "device": x.device} | {k: v for k, v in options.items() if v is not None}


def rand_like(input: Tensor, **options: Any) -> Tensor:
    """:func:`rand` of a tensor's shape, dtype and device."""
    return rand(tuple(input.shape), **_as(input, options))


def randn_like(input: Tensor, **options: Any) -> Tensor:
    """:func:`randn` of a tensor's shape, dtype and device."""
    return randn(tuple(input.shape), **_as(input, options))


def randint_like(input: Tensor, low: int, high: Any = None, **options: Any) -> Tensor:
    """:func:`randint` of a tensor's shape, dtype and device."""
    low, high = (0, low) if high is None else (low, high)
    return randint(low, high, tuple(input.shape), **_as(input, options))


@drawing
def normal(
    mean: Any = 0.0, std: Any = 1.0, size: Any = None, *, generator: Generator | None = None, dtype: Any = None, device: Any = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Normal numbers: of one mean and deviation in ``size``, or one number per element of the tensors ``mean`` and ``std``."""
    if not isinstance(mean, Tensor) and not isinstance(std, Tensor):
        shape, kind = as_shape((() if size is None else size,)), _floating(dtype)
        return place(
            _from(generator).normal(_count(shape), mean, std, kind).reshape(shape), None, device, requires_grad
        )
    like = mean if isinstance(mean, Tensor) else std
    shape = np.broadcast_shapes(getattr(mean, "shape", ()), getattr(std, "shape", ()))
    z = randn(shape, generator=generator, dtype=like.dtype, device=like.device)
    drawn: Tensor = z * _value(std) + _value(mean)
    return drawn


def _value(x: Any) -> Any:
    return x.detach() if isinstance(x, Tensor) else x


@drawing
def bernoulli(input: Tensor, *, generator: Generator | None = None, p: float | None = None) -> Tensor:
    """1 with each element's probability (or with ``p``), else 0."""
    if p is not None:
        return bernoulli_(_empty(input), p, generator=generator)
    chances = input.device.to_host(input.data_)
    if chances.size and not (chances.min() >= 0 and chances.max() <= 1):
        raise RuntimeError("Expected p_in >= 0 && p_in <= 1 to be true: the input holds probabilities")
    hits = _from(generator).uniform(chances.size, chances.dtype).reshape(chances.shape) < chances
    return place(hits.astype(chances.dtype), None, input.device)


def _empty(like: Tensor) -> Tensor:
    return Tensor(like.device.xp.empty(like.data_.shape, like.data_.dtype), None, like.device)


@drawing
def multinomial(
    input: Tensor, num_samples: int, replacement: bool = False, *, generator: Generator | None = None
) -> Tensor:
    """Indices drawn in proportion to the weights along the last axis: shape (num_samples,) or (rows, num_samples), int64."""
    weights = input.device.to_host(input.data_)
    if weights.ndim not in (1, 2):
        raise RuntimeError(f"prob_dist must be 1 or 2 dim, got {weights.ndim}")
    if num_samples <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    if not replacement and num_samples > weights.shape[-1]:
        raise RuntimeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    if (weights.sum(axis=-1) <= 0).any():
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
    stream = _from(generator)
    if replacement and num_samples > 1:
        drawn = _with_replacement(stream, np.atleast_2d(weights), num_samples)
        return place(drawn if weights.ndim == 2 else drawn[0], None, input.device)
    # each index waits an exponential time in inverse proportion to its weight; the first to come are the sample
    waits = stream.exponential(weights.size).astype(weights.dtype).reshape(weights.shape)
    order = np.argsort(-(weights / waits), axis=-1, kind="stable")
    return place(order[..., :num_samples].astype(np.int64), None, input.device)


def _with_replacement(stream: Generator, rows: Host, n: int) -> Host:
    """By inverting the cumulative distribution of each row."""
    u = stream.uniform64(len(rows) * n).reshape(len(rows), n)
    drawn = np.empty((len(rows), n), np.int64)
    for row, weights in enumerate(rows):
        bounds = np.cumsum(weights, dtype=weights.dtype)
        drawn[row] = np.searchsorted(bounds / bounds[-1], u[row])
    return np.minimum(drawn, rows.shape[1] - 1)


@drawing
def poisson(input: Tensor, generator: Generator | None = None) -> Tensor:
    """Counts with each element's rate. (The numbers are not torch's: NumPy's method draws them from the same stream.)"""
    rates = input.device.to_host(input.data_)
    counts = np.random.Generator(_from(generator)._twister).poisson(rates)
    return place(counts.astype(rates.dtype), None, input.device)


def bernoulli_numbers(shape: tuple[int, ...], p: float, dtype: Any, generator: Generator | None = None) -> Host:
    """1 with probability ``p``, else 0: a host array, as a dropout mask needs it."""
    if not 0 <= p <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p}")
    return (_from(generator).uniform64(_count(shape)) < p).astype(dtype).reshape(shape)


# ------------------------------------------------------------------------------------------------ filling tensors


@op(r"v", function=False, method=False)
def random_fill(xp: Any, v: Any) -> Any:
    """Numbers drawn at random, put into a tensor."""
    return v


def _fill(target: Tensor, name: str, numbers: Host) -> Tensor:
    """Puts drawn numbers into ``target``. Observers are told where they know the tensor already; a new one is just a leaf."""
    check_writable(target, name)
    laid = _laid_out(target, numbers).astype(target.data_.dtype, copy=False)
    drawn = target.device.from_host(laid)
    if target.tag is not None:
        return apply_inplace(random_fill.op, target, (Tensor(drawn, None, target.device),), {})  # type: ignore[attr-defined]
    if mode.grad and target.node is not None:
        target.node = None
    write(target, drawn)
    return target


def _laid_out(target: Tensor, numbers: Host) -> Host:
    """Numbers in the shape of ``target``, in the order of its memory: torch fills a transposed matrix column by column."""
    shape = target.data_.shape
    if numbers.shape == shape or target.is_contiguous():
        return numbers.reshape(shape)
    order = sorted(range(len(shape)), key=lambda d: -target.data_.strides[d])
    return numbers.reshape([shape[d] for d in order]).transpose(np.argsort(order))


@function(names=("uniform_",), function=False)
@drawing
def uniform_(
    self: Tensor, a: float = 0.0, b: float = 1.0, *, generator: Generator | None = None, **named: float
) -> Tensor:
    """Fills the tensor with uniform numbers in [a, b)."""
    a, b = named.get("from", a), named.get("to", b)
    if a > b:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={a} > to={b}")
    if self.data_.dtype == np.float64:
        return _fill(self, "uniform_", _from(generator).uniform64(self.numel()) * (b - a) + a)
    u = _from(generator).uniform32(self.numel())
    return _fill(self, "uniform_", box_muller.fma(u, np.float32(b) - np.float32(a), np.float32(a)))


@function(names=("normal_",), function=False)
@drawing
def normal_(self: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fills the tensor with normal numbers."""
    if std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std}")
    dense = self.is_contiguous()
    return _fill(self, "normal_", _from(generator).normal(self.numel(), mean, std, self.data_.dtype, dense=dense))


@function(names=("bernoulli_",), function=False)
@drawing
def bernoulli_(self: Tensor, p: Any = 0.5, *, generator: Generator | None = None) -> Tensor:
    """Fills the tensor with 1 with probability ``p`` (a number, or one per element), else 0."""
    if isinstance(p, Tensor):
        chances = np.broadcast_to(p.device.to_host(p.data_), self.data_.shape)
        hits = _from(generator).uniform(chances.size, chances.dtype).reshape(chances.shape) < chances
        return _fill(self, "bernoulli_", hits.astype(np.uint8))
    return _fill(self, "bernoulli_", bernoulli_numbers(tuple(self.shape), p, np.uint8, generator))


@function(names=("exponential_",), function=False)
@drawing
def exponential_(self: Tensor, lambd: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fills the tensor with numbers of density λ·e^(-λx)."""
    if lambd <= 0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={lambd}")
    return _fill(self, "exponential_", _from(generator).exponential(self.numel(), lambd))


@function(names=("cauchy_",), function=False)
@drawing
def cauchy_(self: Tensor, median: float = 0.0, sigma: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fills the tensor with Cauchy numbers."""
    u = _from(generator).uniform64(self.numel())
    return _fill(self, "cauchy_", median + sigma * np.tan(np.pi * (u - 0.5)))


@function(names=("log_normal_",), function=False)
@drawing
def log_normal_(self: Tensor, mean: float = 1.0, std: float = 2.0, *, generator: Generator | None = None) -> Tensor:
    """Fills the tensor with e to the power of normal numbers."""
    return _fill(self, "log_normal_", np.exp(_from(generator).normals(self.numel()) * std + mean))


@function(names=("geometric_",), function=False)
@drawing
def geometric_(self: Tensor, p: float, *, generator: Generator | None = None) -> Tensor:
    """Fills the tensor with the number of trials up to the first success, each of probability ``p``."""
    u = _from(generator).uniform64(self.numel())
    return _fill(self, "geometric_", np.ceil(np.log1p(-u) / np.log1p(-p)))


@function(names=("random_",), function=False)
@drawing
def random_(self: Tensor, *bounds: int, generator: Generator | None = None, **named: int) -> Tensor:
    """Fills the tensor with whole numbers: ``random_(high)``, ``random_(low, high)``, or all that its dtype holds."""
    low, high = named.get("from", 0), named.get("to")
    if bounds:
        low, high = (0, bounds[0]) if len(bounds) == 1 else bounds
    stream, n, dtype = _from(generator), self.numel(), self.data_.dtype
    if high is not None:
        return _fill(self, "random_", stream.integers(n, low, high))
    if dtype == np.int64:
        return _fill(self, "random_", (stream.bits64(n) & np.uint64((1 << 63) - 1)).astype(np.int64))
    if dtype.kind == "f":
        span = (1 << (np.finfo(dtype).nmant + 1)) + 1
        bits = stream.bits64(n) if dtype == np.float64 else stream.bits32(n)
        return _fill(self, "random_", (bits % np.uint64(span)).astype(dtype))
    top = 2 if dtype == np.bool_ else np.iinfo(dtype).max + 1
    return _fill(self, "random_", (stream.bits32(n) % np.uint64(top)).astype(dtype))
