"""Counting what happens (Prometheus) and saying what went wrong (structlog)."""

import logging
import sys
from functools import cache

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, generate_latest
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from .tally import Tally


class _DatabaseCounts(Collector):
    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def collect(self) -> list[Metric]:
        return [
            CounterMetricFamily(
                "ostiary_database_statements", "Statements sent", value=self._tally.statements
            ),
            CounterMetricFamily(
                "ostiary_database_transactions", "Units of work", value=self._tally.transactions
            ),
        ]


class Telemetry:
    def __init__(self, tally: Tally) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_DatabaseCounts(tally))
        self._requests = Counter(
            "ostiary_requests",
            "Requests answered, by dialect, route of the table and status",
            ("dialect", "route", "status"),
            registry=self._registry,
        )
        self._requests_of = cache(self._requests.labels)  # a few hundred: routes times statuses

    def observe(self, dialect: str, route: str, status: int) -> None:
        self._requests_of(dialect, route, status).inc()

    def render(self) -> tuple[bytes, str]:
        return generate_latest(self._registry), CONTENT_TYPE_LATEST


def configure_logs(*, readable: bool, least: int = logging.INFO) -> None:
    """On standard error: JSON lines, or lines for a person in dev mode. Nobody hands them a secret."""
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            exception_formatter=structlog.dev.plain_traceback,  # a rich one prints local variables
        )
        if readable
        else structlog.processors.JSONRenderer()
    )
    processors: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if not readable:
        processors.append(structlog.processors.format_exc_info)
    structlog.configure(
        processors=[*processors, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,  # else the first to speak decides for good where it goes
    )
