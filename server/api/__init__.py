"""The REST interface: one router per resource."""

from . import devices, events, examples, health, ops, passes, runs, tensors

ROUTERS = (
    health.router, devices.router, examples.router, ops.router,
    runs.router, events.router, passes.router, tensors.router,
)  # fmt: skip

__all__ = ["ROUTERS"]
