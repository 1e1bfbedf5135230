"""Recurrent layers, unrolled over time: the graph shows every step."""

from __future__ import annotations

import math
from typing import Any, cast

from engine.nn import functional as F
from engine.nn import init
from engine.nn.module import Module
from engine.nn.packing import PackedSequence, pack_like, pad_packed_sequence
from engine.nn.parameter import Parameter, unfilled
from engine.op import FUNCTIONS, composite

State = Any  #: h, or for an LSTM (h, c)


def _affine(x: Any, h: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> Any:
    return F.linear(x, w_ih, b_ih) + F.linear(h, w_hh, b_hh)


@composite
def rnn_tanh_cell(x: Any, h: Any, *weights: Any) -> Any:
    """``tanh(W x + b + U h + b')``."""
    return _affine(x, h, *weights).tanh()


@composite
def rnn_relu_cell(x: Any, h: Any, *weights: Any) -> Any:
    """``relu(W x + b + U h + b')``."""
    return _affine(x, h, *weights).relu()


@composite
def lstm_cell(x: Any, state: State, *weights: Any) -> State:
    """Long short-term memory (Hochreiter and Schmidhuber 1997): gates i, f, o and candidate g; ``c' = f c + i g``."""
    h, c = state
    i, f, g, o = _affine(x, h, *weights).chunk(4, -1)
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return o.sigmoid() * c.tanh(), c


@composite
def gru_cell(x: Any, h: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> Any:
    """Gated recurrent unit (Cho et al. 2014): reset r, update z, candidate n; ``h' = (1 - z) n + z h``."""
    xr, xz, xn = F.linear(x, w_ih, b_ih).chunk(3, -1)
    hr, hz, hn = F.linear(h, w_hh, b_hh).chunk(3, -1)
    r, z = (xr + hr).sigmoid(), (xz + hz).sigmoid()
    n = (xn + r * hn).tanh()
    return n + z * (h - n)


STEPS = {"RNN_TANH": (rnn_tanh_cell, 1), "RNN_RELU": (rnn_relu_cell, 1), "LSTM": (lstm_cell, 4), "GRU": (gru_cell, 3)}


class _Recurrent(Module):
    """Layers of one kind of cell, in one direction or both."""

    mode: str

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True, batch_first: bool = False,
        dropout: float = 0.0, bidirectional: bool = False, device: Any = None, dtype: Any = None, proj_size: int = 0,
    ) -> None:  # fmt: skip
        super().__init__()
        if proj_size:
            raise NotImplementedError(f"{type(self).__name__}: proj_size is not supported; put a Linear behind it")
        if hidden_size <= 0:
            raise ValueError("hidden_size must be greater than zero")
        if num_layers <= 0:
            raise ValueError("num_layers must be greater than zero")
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.dropout, self.bidirectional = bias, batch_first, float(dropout), bidirectional
        gates = STEPS[self.mode][1] * hidden_size
        for layer in range(num_layers):
            width = input_size if layer == 0 else hidden_size * self.directions
            for suffix in self._suffixes(layer):
                shapes = {"weight_ih": (gates, width), "weight_hh": (gates, hidden_size)}
                if bias:
                    shapes |= {"bias_ih": (gates,), "bias_hh": (gates,)}  # type: ignore[dict-item]
                for name, shape in shapes.items():
                    setattr(self, f"{name}_{suffix}", unfilled(*shape, device=device, dtype=dtype))
        self.reset_parameters()

    @property
    def directions(self) -> int:
        """1, or 2 when bidirectional."""
        return 2 if self.bidirectional else 1

    def _suffixes(self, layer: int) -> list[str]:
        return [f"l{layer}", f"l{layer}_reverse"][: self.directions]

    def _weights(self, suffix: str) -> tuple[Parameter | None, ...]:
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        return tuple(getattr(self, f"{name}_{suffix}", None) for name in names)

    def reset_parameters(self) -> None:
        """Draws all weights anew, uniform within 1 / sqrt(hidden_size)."""
        bound = 1.0 / math.sqrt(self.hidden_size)
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def flatten_parameters(self) -> None:
        """Here for scripts that call it; memory is laid out well already."""

    def forward(self, input: Any, hx: State = None) -> tuple[Any, State]:
        """Sequences (T, N, input_size), (N, T, input_size) if ``batch_first``, or (T, input_size), and the first state.

        Returns the last layer's states at every step, and every layer's last state.
        """
        if isinstance(input, PackedSequence):
            return self._forward_packed(input, hx)
        if input.ndim not in (2, 3):
            raise ValueError(f"{type(self).__name__}: Expected input to be 2D or 3D, got {input.ndim}D instead")
        if input.shape[-1] != self.input_size:
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {input.shape[-1]}"
            )
        single = input.ndim == 2
        x = input.unsqueeze(1) if single else input.transpose(0, 1) if self.batch_first else input
        if single and hx is not None:
            hx = self._each(hx, lambda h: h.unsqueeze(1))
        steps = list(x.unbind(0))
        output, last = self._run(steps, self._first(hx, x), None)
        y = FUNCTIONS["stack"](output, 0)
        if single:
            return y.squeeze(1), self._each(last, lambda h: h.squeeze(1))
        return (y.transpose(0, 1) if self.batch_first else y), last

    def _forward_packed(self, packed: PackedSequence, hx: State) -> tuple[Any, State]:
        x, lengths = pad_packed_sequence(packed, sorted_=True)
        if hx is not None and packed.sorted_indices is not None:
            hx = self._each(hx, lambda h: h.index_select(1, packed.sorted_indices))
        output, last = self._run(list(x.unbind(0)), self._first(hx, x), [int(n) for n in lengths])
        if packed.unsorted_indices is not None:
            last = self._each(last, lambda h: h.index_select(1, packed.unsorted_indices))
        return pack_like(FUNCTIONS["stack"](output, 0), packed), last

    def _each(self, state: State, change: Any) -> State:
        return tuple(change(h) for h in state) if isinstance(state, tuple) else change(state)

    def _first(self, hx: State, x: Any) -> list[State]:
        """The state that each layer and direction starts from."""
        count, batch = self.num_layers * self.directions, x.shape[1]
        shape = (count, batch, self.hidden_size)
        if hx is None:
            zeros = x.new_zeros((batch, self.hidden_size))
            return [(zeros, zeros) if self.mode == "LSTM" else zeros for _ in range(count)]
        for h in hx if isinstance(hx, tuple) else (hx,):
            if tuple(h.shape) != shape:
                raise RuntimeError(f"Expected hidden size {shape}, got {list(h.shape)}")
        if self.mode == "LSTM":
            return list(zip(hx[0].unbind(0), hx[1].unbind(0), strict=True))
        return list(hx.unbind(0))

    def _run(self, steps: list[Any], first: list[State], lengths: list[int] | None) -> tuple[list[Any], State]:
        last: list[State] = []
        for layer in range(self.num_layers):
            made = []
            for direction, suffix in enumerate(self._suffixes(layer)):
                states, end = self._unroll(steps, first[len(last)], suffix, direction == 1, lengths)
                made.append(states)
                last.append(end)
            steps = made[0] if len(made) == 1 else [FUNCTIONS["cat"](pair, -1) for pair in zip(*made, strict=True)]
            if self.dropout and self.training and layer < self.num_layers - 1:
                steps = [F.dropout(step, self.dropout) for step in steps]
        stack = FUNCTIONS["stack"]
        if self.mode == "LSTM":
            return steps, (stack([h for h, _ in last], 0), stack([c for _, c in last], 0))
        return steps, stack(last, 0)

    def _unroll(
        self, steps: list[Any], state: State, suffix: str, backwards: bool, lengths: list[int] | None
    ) -> tuple[list[Any], State]:
        """One layer in one direction: its state at every step, and the last one. Sequences shorter than the rest stand still."""
        cell, _ = STEPS[self.mode]
        weights = self._weights(suffix)
        found: list[Any] = [None] * len(steps)
        for t in reversed(range(len(steps))) if backwards else range(len(steps)):
            made = cell(steps[t], state, *weights)
            state = made if lengths is None else self._where_running(steps[t], t, lengths, made, state)
            found[t] = state[0] if self.mode == "LSTM" else state
        return found, state

    def _where_running(self, x: Any, t: int, lengths: list[int], made: State, before: State) -> State:
        if all(n > t for n in lengths):
            return made
        running = x.new_tensor([n > t for n in lengths]).bool().unsqueeze(1)
        if self.mode == "LSTM":
            return tuple(m.where(running, b) for m, b in zip(made, before, strict=True))
        return made.where(running, before)

    def extra_repr(self) -> str:
        shown = f"{self.input_size}, {self.hidden_size}"
        if self.num_layers != 1:
            shown += f", num_layers={self.num_layers}"
        if self.bias is not True:
            shown += f", bias={self.bias}"
        if self.batch_first:
            shown += f", batch_first={self.batch_first}"
        if self.dropout:
            shown += f", dropout={self.dropout}"
        if self.bidirectional:
            shown += f", bidirectional={self.bidirectional}"
        return shown


class RNN(_Recurrent):
    """Layers of :class:`RNNCell`."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        *args: Any,
        **kwargs: Any,
    ) -> None:
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        object.__setattr__(self, "mode", f"RNN_{nonlinearity.upper()}")
        super().__init__(input_size, hidden_size, num_layers, *args, **kwargs)
        self.nonlinearity = nonlinearity


class LSTM(_Recurrent):
    """Layers of :class:`LSTMCell`."""

    mode = "LSTM"


class GRU(_Recurrent):
    """Layers of :class:`GRUCell`."""

    mode = "GRU"


class _Cell(Module):
    """One step of a recurrent layer."""

    mode: str
    bias_ih: Parameter | None
    bias_hh: Parameter | None

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        gates = STEPS[self.mode][1] * hidden_size
        self.weight_ih = unfilled(gates, input_size, device=device, dtype=dtype)
        self.weight_hh = unfilled(gates, hidden_size, device=device, dtype=dtype)
        self.register_parameter("bias_ih", unfilled(gates, device=device, dtype=dtype) if bias else None)
        self.register_parameter("bias_hh", unfilled(gates, device=device, dtype=dtype) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws all weights anew, uniform within 1 / sqrt(hidden_size)."""
        bound = 1.0 / math.sqrt(self.hidden_size)
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def forward(self, input: Any, hx: State = None) -> State:
        """Input (N, input_size) or (input_size) and the state before, (N, hidden_size) (zeros unless given); the state after."""
        if input.ndim not in (1, 2):
            raise ValueError(f"{type(self).__name__}: Expected input to be 1D or 2D, got {input.ndim}D instead")
        if hx is None:
            zeros = input.new_zeros((*input.shape[:-1], self.hidden_size))
            hx = (zeros, zeros) if self.mode == "LSTM" else zeros
        weights = (self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
        return cast(State, STEPS[self.mode][0](input, hx, *weights))

    def extra_repr(self) -> str:
        shown = f"{self.input_size}, {self.hidden_size}"
        if self.bias is not True:
            shown += f", bias={self.bias}"
        if getattr(self, "nonlinearity", "tanh") != "tanh":
            shown += f", nonlinearity={self.nonlinearity}"
        return shown


class RNNCell(_Cell):
    """``h' = tanh(W x + b + U h + b')`` (or relu)."""

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh", device: Any = None,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        if nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {nonlinearity}")
        object.__setattr__(self, "mode", f"RNN_{nonlinearity.upper()}")
        super().__init__(input_size, hidden_size, bias, device, dtype)
        self.nonlinearity = nonlinearity


class LSTMCell(_Cell):
    """One step of long short-term memory; the state is (h, c)."""

    mode = "LSTM"


class GRUCell(_Cell):
    """One step of a gated recurrent unit."""

    mode = "GRU"
