"""One place for logs: structured lines with listed fields only."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import PurePath
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

_FRAMES: Final = 12
_SERVER_ERROR: Final = 500


@cache
def logger() -> Logger:
    """The logger of this process: service and level as POWERTOOLS_SERVICE_NAME and POWERTOOLS_LOG_LEVEL say."""
    from aws_lambda_powertools import Logger

    return Logger()


def mute(library: str) -> None:
    """Let a library tell of nothing but errors: one that tells of each request tells its path as it was sent."""
    logging.getLogger(library).setLevel(logging.ERROR)


def report(job: str, run_id: str, counts: Mapping[str, int], *, work_left: bool, error: str | None) -> None:
    """Say how a run ended."""
    fields = {
        "job": job,
        "run_id": run_id,
        "counts": dict(counts),
        "work_left": work_left,
    }
    if error is None:
        logger().info("run finished", extra=fields)
    else:
        logger().error("run failed", extra=fields | {"error": error})


def set_aside(kind: str, shown_id: str, error: Exception) -> None:
    """Say that one row of a batch was set aside with its error while the rest went on."""
    logger().error("set aside", extra={"kind": kind, "id": shown_id, "error": f"{type(error).__name__}: {error}"})


def poke_lost(job: str, error: Exception) -> None:
    """Say that a job could not be started at once; its schedule will."""
    logger().warning("poke lost", extra={"job": job, "error": f"{type(error).__name__}: {error}"})


def lines_skipped(file: str, count: int, first: Sequence[str]) -> None:
    """Say which lines of a file were left out; the first of them with the reason."""
    logger().warning("lines skipped", extra={"file": file, "count": count, "first": list(first)})


class Answered(NamedTuple):
    """How a request ended, of which all may be told: `route` has names in the place of ids, `roles` no user's name."""

    request_id: str
    method: str
    route: str
    roles: str
    status: int
    milliseconds: float


def request_answered(answered: Answered) -> None:
    """Say how a request ended: exactly this, and nothing of what was sent or answered."""
    logger().info("request answered", extra=answered._asdict())


def request_failed(request_id: str, error: Exception) -> None:
    """Say that a request ended with an error of our own: its kind and where, for its text may quote somebody's data."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    at = [f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    logger().error("request failed", extra={"request_id": request_id, "error": type(error).__name__, "at": at})


def request_measured(answered: Answered) -> None:
    """Count a request, its time and whether the server failed, by route and class of status, for CloudWatch.

    The embedded metric format is a line on the standard output; namespace and service are as POWERTOOLS_… say.
    """
    from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

    metrics = EphemeralMetrics()
    metrics.add_dimension("route", f"{answered.method} {answered.route}")
    metrics.add_dimension("status", f"{answered.status // 100}xx")
    metrics.add_metric("requests", MetricUnit.Count, 1)
    metrics.add_metric("latency", MetricUnit.Milliseconds, answered.milliseconds)
    metrics.add_metric("server_errors", MetricUnit.Count, int(answered.status >= _SERVER_ERROR))
    metrics.flush_metrics()
