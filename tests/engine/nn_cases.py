"""What the layers are asked, written once for this engine and for PyTorch.

``python tests/engine/nn_cases.py`` under a Python that has PyTorch writes the golden answers anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).parent / "golden" / "nn.json"
STEPS = 10
REDUCTIONS = ("mean", "sum", "none")
#: layers that need nothing said
PLAIN = """ReLU ReLU6 Sigmoid Tanh Softplus Softsign Tanhshrink Softshrink Hardshrink LogSigmoid ELU CELU SELU GELU GLU SiLU
    Mish Hardswish Hardsigmoid Hardtanh LeakyReLU PReLU Softmax LogSoftmax Softmin Identity"""


def cases(torch: Any) -> dict[str, Callable[[], tuple[Any, list[Any]]]]:
    """Name → a function that makes the module and its inputs."""
    nn = torch.nn
    found: dict[str, Callable[[], tuple[Any, list[Any]]]] = {}

    def x(*shape: int) -> Any:
        return torch.randn(*shape).requires_grad_()

    def numbers(below: int, *shape: int) -> Any:
        return torch.randint(0, below, shape)

    def sign(*shape: int) -> Any:
        return numbers(2, *shape) * 2 - 1

    def share(*shape: int) -> Any:
        return torch.rand(*shape)

    def case(name: str, make: Callable[[], tuple[Any, list[Any]]]) -> None:
        assert name not in found, name
        found[name] = make

    def layer(name: str, *args: Any, of: tuple[int, ...], **options: Any) -> None:
        shown = ", ".join([*map(str, args), *(f"{k}={v}" for k, v in options.items())])
        case(f"{name}({shown}) of {of}", lambda: (getattr(nn, name)(*args, **options), [x(*of)]))

    for name in PLAIN.split():
        layer(name, of=(3, 4))
    layer("GELU", approximate="tanh", of=(3, 4))
    layer("Softmax", dim=1, of=(3, 4, 2))
    layer("Softmax2d", of=(3, 4, 2, 2))
    layer("Threshold", 0.1, 2.0, of=(3, 4))
    layer("PReLU", 3, of=(2, 3, 4))
    for name in ("ReLU", "LeakyReLU", "ELU", "Hardtanh"):
        case(f"{name}(inplace=True)", lambda name=name: (getattr(nn, name)(inplace=True), [x(3, 4) * 1]))  # type: ignore[misc]

    layer("Linear", 4, 3, of=(2, 5, 4))
    layer("Linear", 4, 3, bias=False, of=(4,))
    case("Bilinear", lambda: (nn.Bilinear(4, 3, 2), [x(5, 4), x(5, 3)]))
    layer("Conv1d", 2, 4, 3, stride=2, padding=1, of=(2, 2, 9))
    layer("Conv2d", 4, 6, (3, 2), stride=(2, 1), padding=(1, 0), dilation=(1, 2), groups=2, of=(2, 4, 9, 8))
    layer("Conv2d", 2, 3, 3, bias=False, of=(2, 5, 5))
    layer("Conv2d", 2, 3, 4, padding="same", of=(1, 2, 5, 5))
    layer("Conv2d", 2, 3, 2, padding="valid", of=(1, 2, 5, 5))
    layer("Conv2d", 2, 3, 3, padding=1, padding_mode="reflect", of=(1, 2, 5, 5))
    layer("Conv2d", 2, 3, 3, padding=(1, 2), padding_mode="circular", of=(1, 2, 5, 5))
    layer("Conv3d", 2, 3, 2, of=(1, 2, 4, 4, 3))
    layer("ConvTranspose1d", 2, 3, 3, stride=2, output_padding=1, of=(2, 2, 5))
    layer("ConvTranspose2d", 4, 6, 3, stride=2, padding=1, output_padding=1, groups=2, of=(2, 4, 5, 4))
    layer("ConvTranspose3d", 2, 2, 2, of=(1, 2, 3, 3, 3))
    layer("MaxPool1d", 2, of=(2, 3, 7))
    layer("MaxPool2d", 3, 2, 1, ceil_mode=True, of=(2, 3, 8, 7))
    layer("MaxPool2d", (2, 3), dilation=2, of=(2, 3, 8, 7))
    layer("MaxPool2d", 2, return_indices=True, of=(2, 3, 8, 7))
    layer("MaxPool3d", 2, of=(1, 2, 4, 4, 4))
    layer("AvgPool1d", 3, stride=2, padding=1, of=(2, 3, 7))
    layer("AvgPool2d", 3, 2, 1, ceil_mode=True, count_include_pad=False, of=(2, 3, 8, 7))
    layer("AvgPool2d", 3, 2, 1, ceil_mode=True, count_include_pad=True, of=(2, 3, 8, 7))
    layer("AvgPool2d", 2, divisor_override=3, of=(3, 8, 7))
    layer("AvgPool3d", 2, of=(1, 2, 4, 4, 4))
    layer("AdaptiveAvgPool1d", 3, of=(2, 3, 7))
    layer("AdaptiveAvgPool2d", (3, None), of=(2, 3, 7, 5))
    layer("AdaptiveAvgPool2d", 1, of=(2, 3, 7, 5))
    layer("AdaptiveAvgPool3d", 2, of=(2, 3, 4, 5, 3))
    layer("AdaptiveMaxPool2d", 2, of=(2, 3, 8, 6))
    layer("AdaptiveMaxPool1d", 3, of=(2, 3, 7))
    layer("AdaptiveMaxPool2d", (3, 2), of=(2, 3, 8, 7))
    layer("AdaptiveMaxPool3d", 2, of=(2, 3, 4, 5, 3))
    layer("LPPool1d", 2, 3, stride=2, of=(2, 3, 7))
    layer("LPPool2d", 4, 2, of=(2, 3, 4, 4))

    class Unpooled(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self, n: int) -> None:
            super().__init__()
            self.pool = getattr(nn, f"MaxPool{n}d")(2, return_indices=True)
            self.unpool = getattr(nn, f"MaxUnpool{n}d")(2)

        def forward(self, x: Any) -> Any:
            return self.unpool(*self.pool(x))

    case("MaxUnpool1d", lambda: (Unpooled(1), [x(2, 3, 8)]))
    case("MaxUnpool2d", lambda: (Unpooled(2), [x(2, 3, 6, 4)]))
    layer("BatchNorm1d", 3, of=(5, 3))
    layer("BatchNorm1d", 3, affine=False, of=(5, 3, 2))
    layer("BatchNorm2d", 3, momentum=None, of=(5, 3, 2, 2))
    layer("BatchNorm2d", 3, of=(5, 3, 2, 2))
    case("BatchNorm2d in evaluation", lambda: (nn.BatchNorm2d(3).eval(), [x(5, 3, 2, 2)]))
    case("BatchNorm2d untracked", lambda: (nn.BatchNorm2d(3, track_running_stats=False).eval(), [x(5, 3, 2, 2)]))
    layer("LayerNorm", 4, of=(2, 3, 4))
    layer("LayerNorm", (3, 4), bias=False, of=(2, 3, 4))
    layer("GroupNorm", 2, 4, of=(3, 4, 2, 2))
    layer("InstanceNorm1d", 3, of=(3, 4))
    layer("InstanceNorm2d", 3, affine=True, of=(2, 3, 3, 2))
    layer("InstanceNorm2d", 3, track_running_stats=True, of=(2, 3, 3, 2))
    layer("RMSNorm", 4, of=(2, 3, 4))
    layer("RMSNorm", (3, 4), eps=1e-3, of=(2, 3, 4))
    layer("LocalResponseNorm", 3, of=(2, 5, 3, 3))
    case("Embedding", lambda: (nn.Embedding(5, 3), [numbers(5, 2, 4)]))
    for mode in ("sum", "mean", "max"):
        case(f"EmbeddingBag, {mode}", lambda mode=mode: (nn.EmbeddingBag(5, 3, mode=mode), [numbers(5, 2, 4)]))  # type: ignore[misc]
        case(f"EmbeddingBag of offsets, {mode}", lambda mode=mode: (  # type: ignore[misc]
            nn.EmbeddingBag(5, 3, mode=mode), [numbers(5, 7), torch.tensor([0, 2, 2, 5])]))  # fmt: skip
    case("Embedding with padding", lambda: (nn.Embedding(5, 3, padding_idx=-1), [numbers(5, 2, 4)]))
    layer("Dropout", 0.3, of=(5, 40))
    layer("Dropout2d", 0.3, of=(5, 40, 2, 2))
    layer("AlphaDropout", 0.3, of=(5, 40))
    layer("Flatten", of=(2, 3, 4))
    layer("Unflatten", 1, (2, 3), of=(2, 6, 4))
    layer("Upsample", scale_factor=2, of=(1, 2, 3, 4))
    layer("Upsample", scale_factor=1.5, of=(1, 2, 3, 4))
    layer("Upsample", scale_factor=2, mode="bilinear", of=(1, 2, 3, 4))
    layer("Upsample", scale_factor=1.7, mode="bilinear", of=(1, 2, 3, 4))
    layer("Upsample", size=(5, 7), mode="bilinear", align_corners=True, of=(1, 2, 3, 4))
    layer("Upsample", size=7, mode="linear", of=(1, 2, 3))
    layer("Upsample", size=(5, 7), mode="nearest-exact", of=(1, 2, 3, 4))
    layer("Upsample", size=(5, 7), mode="bicubic", of=(1, 2, 3, 4))
    layer("Upsample", size=(5, 7), mode="bicubic", align_corners=True, of=(1, 2, 3, 4))
    layer("Upsample", scale_factor=0.7, mode="bicubic", of=(1, 2, 6, 8))
    layer("PixelShuffle", 2, of=(1, 8, 3, 4))
    layer("PixelUnshuffle", 2, of=(1, 2, 4, 4))
    layer("ChannelShuffle", 2, of=(1, 4, 2, 2))
    layer("Fold", (4, 5), (2, 3), padding=1, of=(2, 12, 25))
    layer("Unfold", (2, 3), padding=1, stride=2, of=(2, 2, 4, 5))
    for name in ("ZeroPad2d", "ReflectionPad2d", "ReplicationPad2d", "CircularPad2d"):
        layer(name, (1, 2, 0, 1), of=(1, 2, 3, 4))
    layer("ConstantPad1d", 2, 1.5, of=(1, 2, 3))
    layer("ZeroPad1d", (-1, 2), of=(1, 2, 3))

    losses: dict[str, Callable[[str], tuple[Any, list[Any]]]] = {
        "MSELoss": lambda r: (nn.MSELoss(reduction=r), [x(3, 4), x(3, 4)]),
        "L1Loss": lambda r: (nn.L1Loss(reduction=r), [x(3, 4), x(3, 4)]),
        "SmoothL1Loss": lambda r: (nn.SmoothL1Loss(reduction=r, beta=0.7), [x(3, 4), x(3, 4)]),
        "HuberLoss": lambda r: (nn.HuberLoss(reduction=r, delta=0.8), [x(3, 4), x(3, 4)]),
        "CrossEntropyLoss": lambda r: (nn.CrossEntropyLoss(reduction=r), [x(3, 4), numbers(4, 3)]),
        "CrossEntropyLoss weighted, one ignored": lambda r: (
            nn.CrossEntropyLoss(weight=share(4), ignore_index=2, reduction=r), [x(5, 4), numbers(4, 5)]),
        "CrossEntropyLoss smoothed, weighted, one ignored": lambda r: (
            nn.CrossEntropyLoss(label_smoothing=0.1, weight=share(4), ignore_index=2, reduction=r), [x(5, 4), numbers(4, 5)]),
        "CrossEntropyLoss smoothed": lambda r: (
            nn.CrossEntropyLoss(label_smoothing=0.1, reduction=r), [x(5, 4), numbers(4, 5)]),
        "CrossEntropyLoss of probabilities": lambda r: (
            nn.CrossEntropyLoss(weight=share(4), label_smoothing=0.1, reduction=r), [x(5, 4), x(5, 4).softmax(1).detach()]),
        "CrossEntropyLoss of images": lambda r: (nn.CrossEntropyLoss(reduction=r), [x(2, 4, 3, 3), numbers(4, 2, 3, 3)]),
        "CrossEntropyLoss of one sample": lambda r: (nn.CrossEntropyLoss(reduction=r), [x(4), torch.tensor(2)]),
        "NLLLoss": lambda r: (nn.NLLLoss(reduction=r), [x(3, 4), numbers(4, 3)]),
        "BCELoss": lambda r: (nn.BCELoss(reduction=r), [x(3, 4).sigmoid().detach().requires_grad_(), share(3, 4)]),
        "BCELoss weighted": lambda r: (
            nn.BCELoss(share(4), reduction=r), [x(3, 4).sigmoid().detach().requires_grad_(), share(3, 4)]),
        "BCEWithLogitsLoss": lambda r: (nn.BCEWithLogitsLoss(reduction=r), [x(3, 4), share(3, 4)]),
        "BCEWithLogitsLoss weighted": lambda r: (
            nn.BCEWithLogitsLoss(pos_weight=share(4), weight=share(4), reduction=r), [x(3, 4), share(3, 4)]),
        "KLDivLoss": lambda r: (nn.KLDivLoss(reduction=r), [x(3, 4), share(3, 4)]),
        "KLDivLoss of logarithms": lambda r: (nn.KLDivLoss(reduction=r, log_target=True), [x(3, 4), x(3, 4)]),
        "HingeEmbeddingLoss": lambda r: (nn.HingeEmbeddingLoss(reduction=r), [x(3, 4), sign(3, 4)]),
        "CosineEmbeddingLoss": lambda r: (nn.CosineEmbeddingLoss(0.1, reduction=r), [x(3, 4), x(3, 4), sign(3)]),
        "MarginRankingLoss": lambda r: (nn.MarginRankingLoss(0.1, reduction=r), [x(3), x(3), sign(3)]),
        "TripletMarginLoss": lambda r: (nn.TripletMarginLoss(swap=True, reduction=r), [x(3, 4), x(3, 4), x(3, 4)]),
        "SoftMarginLoss": lambda r: (nn.SoftMarginLoss(reduction=r), [x(3, 4), sign(3, 4)]),
        "MultiMarginLoss": lambda r: (nn.MultiMarginLoss(reduction=r), [x(3, 4), numbers(4, 3)]),
        "MultiLabelMarginLoss": lambda r: (
            nn.MultiLabelMarginLoss(reduction=r), [x(2, 4), torch.tensor([[3, 0, -1, 1], [1, 2, 3, -1]])]),
        "MultiLabelSoftMarginLoss": lambda r: (nn.MultiLabelSoftMarginLoss(reduction=r), [x(3, 4), numbers(2, 3, 4).float()]),
        "PoissonNLLLoss": lambda r: (nn.PoissonNLLLoss(full=True, reduction=r), [x(3, 4), numbers(5, 3, 4).float()]),
        "GaussianNLLLoss": lambda r: (nn.GaussianNLLLoss(full=True, reduction=r), [x(3, 4), x(3, 4), share(3, 4)]),
    }  # fmt: skip
    for name, make in losses.items():
        for r in REDUCTIONS:
            case(f"{name}, {r}", lambda make=make, r=r: make(r))  # type: ignore[misc]
    case("KLDivLoss, batchmean", lambda: (nn.KLDivLoss(reduction="batchmean"), [x(3, 4), share(3, 4)]))
    case("TripletMarginWithDistanceLoss", lambda: (nn.TripletMarginWithDistanceLoss(), [x(3, 4), x(3, 4), x(3, 4)]))
    case("CosineSimilarity", lambda: (nn.CosineSimilarity(), [x(3, 4), x(3, 4)]))
    case("PairwiseDistance", lambda: (nn.PairwiseDistance(), [x(3, 4), x(3, 4)]))

    for name in ("RNN", "LSTM", "GRU"):
        layer(name, 3, 4, 2, bidirectional=True, batch_first=True, of=(2, 5, 3))
        layer(name, 3, 4, of=(5, 3))
        layer(name, 3, 4, bias=False, of=(5, 2, 3))
        layer(f"{name}Cell", 3, 4, of=(2, 3))
    case("LSTM with states", lambda: (nn.LSTM(3, 4, 2), [x(5, 2, 3), (torch.randn(2, 2, 4), torch.randn(2, 2, 4))]))
    case("RNN of relus", lambda: (nn.RNN(3, 4, nonlinearity="relu"), [x(5, 2, 3), torch.randn(1, 2, 4)]))

    def packed(kind: str) -> Any:
        rnn = nn.utils.rnn
        sequences = rnn.pack_padded_sequence(torch.randn(5, 3, 3), torch.tensor([3, 5, 2]), enforce_sorted=False)
        return getattr(nn, kind)(3, 4, 2, bidirectional=True), [sequences]

    for name in ("RNN", "LSTM", "GRU"):
        case(f"{name} of packed sequences", lambda name=name: packed(name))  # type: ignore[misc]

    case("weight_norm", lambda: (nn.utils.weight_norm(nn.Linear(4, 3)), [x(2, 4)]))
    case("weight_norm of a convolution", lambda: (nn.utils.weight_norm(nn.Conv2d(2, 3, 2), dim=1), [x(1, 2, 4, 4)]))
    case("spectral_norm", lambda: (nn.utils.spectral_norm(nn.Linear(4, 3)), [x(2, 4)]))
    case("spectral_norm of a transposed convolution", lambda: (
        nn.utils.spectral_norm(nn.ConvTranspose2d(2, 3, 2), n_power_iterations=2), [x(1, 2, 4, 4)]))  # fmt: skip
    case("DataParallel", lambda: (nn.DataParallel(nn.Linear(4, 3)), [x(2, 4)]))

    class Looked(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self, **options: Any) -> None:
            super().__init__()
            self.options = options

        def forward(self, x: Any, theta: Any) -> Any:
            f, align = nn.functional, self.options.get("align_corners", False)
            return f.grid_sample(x, f.affine_grid(theta, (2, 3, 4, 5), align_corners=align), **self.options)

    def look(mode: str, padding: str, align: bool) -> None:
        options = {"mode": mode, "padding_mode": padding, "align_corners": align}
        learned = mode != "nearest"  # else the places have no gradient
        case(f"grid_sample({options})", lambda: (
            Looked(**options), [x(2, 3, 5, 6), x(2, 2, 3).detach().requires_grad_(learned)]))  # fmt: skip

    for mode in ("bilinear", "nearest"):
        for padding in ("zeros", "border"):
            for align in (False, True):
                look(mode, padding, align)

    def attention(*args: Any, **options: Any) -> Any:
        return nn.MultiheadAttention(*args, **options)

    hidden = [[False, False, True, True], [False] * 4]
    case("MultiheadAttention to itself", lambda: (attention(8, 2), [x(5, 2, 8)] * 3))
    case("MultiheadAttention, widths", lambda: (
        attention(8, 2, batch_first=True, kdim=3, vdim=5), [x(2, 5, 8), x(2, 4, 3), x(2, 4, 5)]))  # fmt: skip
    case("MultiheadAttention, hidden keys", lambda: (
        attention(8, 2, batch_first=True), [x(2, 5, 8), x(2, 4, 8), x(2, 4, 8), torch.tensor(hidden)]))  # fmt: skip
    case("MultiheadAttention of one sample", lambda: (attention(8, 2, bias=False), [x(5, 8)] * 3))
    encoder = nn.TransformerEncoderLayer
    case("TransformerEncoderLayer", lambda: (
        encoder(8, 2, 16, dropout=0.0, batch_first=True, activation="gelu"), [x(2, 5, 8)]))  # fmt: skip
    case("TransformerEncoderLayer with dropout", lambda: (encoder(8, 2, 16, dropout=0.3), [x(5, 2, 8)]))
    case("TransformerEncoderLayer, norm first, masked", lambda: (
        encoder(8, 2, 16, dropout=0.0, norm_first=True), [x(5, 2, 8), torch.ones(5, 5).triu(1).bool()]))  # fmt: skip
    case("TransformerEncoder", lambda: (
        nn.TransformerEncoder(encoder(8, 2, 16, dropout=0.0), 2, norm=nn.LayerNorm(8)), [x(5, 2, 8)]))  # fmt: skip
    case("TransformerDecoder", lambda: (
        nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 16, dropout=0.0), 2), [x(5, 2, 8), x(4, 2, 8)]))  # fmt: skip
    case("Transformer", lambda: (
        nn.Transformer(8, 2, 1, 1, 16, dropout=0.0),
        [x(5, 2, 8), x(4, 2, 8), None, nn.Transformer.generate_square_subsequent_mask(4)]))  # fmt: skip
    case("a small CNN", lambda: (
        nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Flatten(),
                      nn.Linear(64, 10)), [x(2, 1, 8, 8)]))  # fmt: skip
    return found


def _tensors(result: Any) -> list[Any]:
    if isinstance(result, (tuple, list)):
        return [t for part in result for t in _tensors(part)]
    return [result] if hasattr(result, "shape") else []


def _weigh(torch: Any, t: Any) -> Any:
    """One number that depends on every element and its place."""
    places = torch.arange(1, t.numel() + 1).reshape(t.shape).double()
    return (t.double() * (places * 0.7).cos()).sum()


def answer(torch: Any, name: str) -> dict[str, Any]:
    """How the module prints, what it gives, its gradients, and what it gives while it is trained."""
    torch.manual_seed(7)
    module, inputs = cases(torch)[name]()
    leaves = [t for t in inputs if hasattr(t, "is_leaf") and t.is_leaf and t.requires_grad]
    parameters = list(module.parameters())
    told: dict[str, Any] = {"printed": repr(module), "losses": []}
    for step in range(STEPS if parameters else 1):
        for p in [*parameters, *leaves]:
            p.grad = None
        outputs = [t for t in _tensors(module(*inputs)) if t.is_floating_point()]
        loss = sum((_weigh(torch, t) for t in outputs), torch.tensor(0.0).double())
        loss.backward(retain_graph=True)
        told["losses"].append(loss.item())
        if step == 0:
            told["shapes"] = [list(t.shape) for t in outputs]
            told["gradients"] = [
                None if p.grad is None else _weigh(torch, p.grad).item() for p in [*parameters, *leaves]
            ]
        with torch.no_grad():
            for p in parameters:
                if p.grad is not None:
                    p -= 0.01 * p.grad
    told["state"] = {key: _weigh(torch, t).item() for key, t in module.state_dict().items()}
    return told


if __name__ == "__main__":
    import torch

    GOLDEN.parent.mkdir(exist_ok=True)
    GOLDEN.write_text(json.dumps({name: answer(torch, name) for name in cases(torch)}, indent=1) + "\n")
