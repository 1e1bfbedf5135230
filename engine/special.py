"""``torch.special``: special functions under their own names. The ops are in :mod:`engine.ops`."""

from __future__ import annotations

from engine.op import FUNCTIONS

#: names here → names of the ops, where they differ
_ALIASES = {
    "expit": "sigmoid",
    "gammaln": "lgamma",
    "psi": "digamma",
    "multigammaln": "mvlgamma",
    "modified_bessel_i0": "i0",
}
_NAMES = (
    "digamma", "entr", "erf", "erfc", "erfcx", "erfinv", "exp2", "expm1", "i0", "i0e", "i1", "log1p", "log_ndtr", "log_softmax",
    "logit", "logsumexp", "ndtr", "ndtri", "polygamma", "round", "sinc", "softmax", "xlog1py", "xlogy", "zeta",
)  # fmt: skip

globals().update({name: FUNCTIONS[name] for name in _NAMES if name in FUNCTIONS})
globals().update({name: FUNCTIONS[op] for name, op in _ALIASES.items() if op in FUNCTIONS})
