"""The REST interface: one router per resource."""

from . import about, devices, events, examples, health, ops, passes, runs, session, tensors

ROUTERS = (
    health.router, about.router, session.router, devices.router, examples.router, ops.router,
    runs.router, events.router, passes.router, tensors.router,
)  # fmt: skip

__all__ = ["ROUTERS"]
