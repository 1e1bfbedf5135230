"""Loss layers: see the functions of the same names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.nn import functional as F
from engine.nn.distance import PairwiseDistance
from engine.nn.module import Module
from engine.ops.loss import checked
from engine.tensor import Tensor


class _Loss(Module):
    """Base class of losses, also of scripts' own: knows how to fold."""

    def __init__(self, size_average: Any = None, reduce: Any = None, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = reduction if reduction == "batchmean" else checked(reduction, size_average, reduce)


class _WeightedLoss(_Loss):
    """A loss with a weight per class or element, which is a buffer."""

    def __init__(self, weight: Tensor | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.register_buffer("weight", weight)


class _Row(_Loss):
    """A loss function with settings. Subclasses are rows of a table: the function, its settings with their defaults.

    A setting that is a tensor (a weight) is a buffer. ``reduction`` is "mean", "sum" or "none".
    """

    function: Callable[..., Any]
    settings: dict[str, Any]  #: name → default, in the order in which the constructor takes them
    buffers_: tuple[str, ...] = ()

    def __init__(self, *values: Any, **named: Any) -> None:
        if len(values) > len(self.settings):
            raise TypeError(
                f"{type(self).__name__}.__init__() takes at most {len(self.settings)} arguments ({len(values)} given)"
            )
        given = {**dict(zip(self.settings, values, strict=False)), **named}
        for name in given:
            if name not in self.settings:
                raise TypeError(f"{type(self).__name__}.__init__() got an unexpected keyword argument '{name}'")
        chosen = {**self.settings, **given}
        super().__init__(chosen.pop("size_average", None), chosen.pop("reduce", None), chosen["reduction"])
        for name, value in chosen.items():
            if name in self.buffers_ and (value is None or isinstance(value, Tensor)):
                self.register_buffer(name, value)
            elif name != "reduction":
                setattr(self, name, value)

    def forward(self, *inputs: Any, **named: Any) -> Any:
        settings = {name: getattr(self, name) for name in self.settings if name not in ("size_average", "reduce")}
        return type(self).function(*inputs, **named, **settings)


_OLD: dict[str, Any] = {"size_average": None, "reduce": None, "reduction": "mean"}  # torch's order


def _row(name: str, function: Callable[..., Any], buffers: tuple[str, ...] = (), **settings: Any) -> Any:
    body = {
        "function": staticmethod(function), "settings": settings, "buffers_": buffers, "__module__": __name__,
        "__doc__": function.__doc__, "__qualname__": name,
    }  # fmt: skip
    return type(name, (_Row,), body)


MSELoss = _row("MSELoss", F.mse_loss, **_OLD)
L1Loss = _row("L1Loss", F.l1_loss, **_OLD)
SmoothL1Loss = _row("SmoothL1Loss", F.smooth_l1_loss, **_OLD, beta=1.0)
HuberLoss = _row("HuberLoss", F.huber_loss, reduction="mean", delta=1.0)
KLDivLoss = _row("KLDivLoss", F.kl_div, **_OLD, log_target=False)
NLLLoss = _row(
    "NLLLoss", F.nll_loss, ("weight",), weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean"
)
CrossEntropyLoss = _row(
    "CrossEntropyLoss", F.cross_entropy, ("weight",), weight=None, size_average=None, ignore_index=-100, reduce=None,
    reduction="mean", label_smoothing=0.0,
)  # fmt: skip
BCELoss = _row("BCELoss", F.binary_cross_entropy, ("weight",), weight=None, **_OLD)
BCEWithLogitsLoss = _row(
    "BCEWithLogitsLoss",
    F.binary_cross_entropy_with_logits,
    ("weight", "pos_weight"),
    weight=None,
    **_OLD,
    pos_weight=None,
)
HingeEmbeddingLoss = _row("HingeEmbeddingLoss", F.hinge_embedding_loss, margin=1.0, **_OLD)
CosineEmbeddingLoss = _row("CosineEmbeddingLoss", F.cosine_embedding_loss, margin=0.0, **_OLD)
MarginRankingLoss = _row("MarginRankingLoss", F.margin_ranking_loss, margin=0.0, **_OLD)
TripletMarginLoss = _row("TripletMarginLoss", F.triplet_margin_loss, margin=1.0, p=2.0, eps=1e-6, swap=False, **_OLD)
SoftMarginLoss = _row("SoftMarginLoss", F.soft_margin_loss, **_OLD)
MultiMarginLoss = _row("MultiMarginLoss", F.multi_margin_loss, ("weight",), p=1, margin=1.0, weight=None, **_OLD)
MultiLabelMarginLoss = _row("MultiLabelMarginLoss", F.multilabel_margin_loss, **_OLD)
MultiLabelSoftMarginLoss = _row(
    "MultiLabelSoftMarginLoss", F.multilabel_soft_margin_loss, ("weight",), weight=None, **_OLD
)
PoissonNLLLoss = _row(
    "PoissonNLLLoss", F.poisson_nll_loss, log_input=True, full=False, size_average=None, eps=1e-8, reduce=None,
    reduction="mean",
)  # fmt: skip
GaussianNLLLoss = _row("GaussianNLLLoss", F.gaussian_nll_loss, full=False, eps=1e-6, reduction="mean")


class TripletMarginWithDistanceLoss(Module):
    """:class:`TripletMarginLoss` with a distance of one's own."""

    def __init__(
        self, *, distance_function: Callable[..., Any] | None = None, margin: float = 1.0, swap: bool = False,
        reduction: str = "mean",
    ) -> None:  # fmt: skip
        super().__init__()
        self.distance_function = distance_function or PairwiseDistance()
        self.margin, self.swap, self.reduction = margin, swap, reduction

    def forward(self, anchor: Any, positive: Any, negative: Any) -> Any:
        return F.triplet_margin_with_distance_loss(
            anchor, positive, negative, distance_function=self.distance_function, margin=self.margin, swap=self.swap,
            reduction=self.reduction,
        )  # fmt: skip
