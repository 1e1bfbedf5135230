"""What the server counts of itself, for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from .conductor import Conductor
    from .visitors import Visitors

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """The numbers of one server. ``kineograph_...`` each, with help texts that say what they count."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.runs = Counter("kineograph_runs", "Runs that ended, by how.", ["status"], registry=self._registry)
        self.limits = Counter(
            "kineograph_limits_hit", "Runs that a limit ended, by limit.", ["limit"], registry=self._registry
        )
        self.events = Counter("kineograph_events", "Events written to logs.", registry=self._registry)
        self.viewers = Gauge("kineograph_viewers", "Viewers whose streams are open.", registry=self._registry)
        self.first_event = Histogram(
            "kineograph_first_event_seconds", "From a run's start to its first event on disk.", registry=self._registry,
            buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
        )  # fmt: skip
        self.run_time = Histogram(
            "kineograph_run_seconds", "From a run's start to its end.", registry=self._registry,
            buckets=(0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60),
        )  # fmt: skip

    def watch(self, conductor: Conductor, visitors: Visitors) -> None:
        """Reads these two whenever somebody asks for the numbers."""
        self._registry.register(_Now(conductor, visitors))

    def text(self) -> bytes:
        """All of them, in Prometheus' text format."""
        return generate_latest(self._registry)


class _Now(Collector):
    """What is so at this moment."""

    def __init__(self, conductor: Conductor, visitors: Visitors) -> None:
        self._conductor, self._visitors = conductor, visitors

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("kineograph_running", "Runs going on.", self._conductor.running)
        yield GaugeMetricFamily("kineograph_waiting", "Runs in the queue.", self._conductor.waiting)
        refused = CounterMetricFamily("kineograph_starts_refused", "Starts refused, by limit.", labels=["limit"])
        for limit, count in (*self._visitors.refusals.items(), ("queue", self._conductor.turned_away)):
            refused.add_metric([limit], count)
        yield refused
