"""One place for logs: structured lines with listed fields only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger


@cache
def logger() -> Logger:
    """The logger of this process: service and level as POWERTOOLS_SERVICE_NAME and POWERTOOLS_LOG_LEVEL say."""
    from aws_lambda_powertools import Logger

    return Logger()


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


def request_answered(request_id: str, method: str, route: str, status: int | None, seconds: float) -> None:
    """Say how a request ended; `route` has names in the place of ids, and nobody's data is told."""
    fields = {"request_id": request_id, "method": method, "route": route, "status": status}
    logger().info("request answered", extra=fields | {"milliseconds": round(seconds * 1000, 1)})


def request_failed(request_id: str, error: Exception) -> None:
    """Say that a request ended with an error of our own."""
    logger().error("request failed", extra={"request_id": request_id}, exc_info=error)
