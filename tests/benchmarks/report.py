"""What a benchmark prints: the machine, the rates as they come, and at the end a table of figures and targets."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import psycopg

from automation.database import Connection, scalar
from tests.benchmarks.measuring import Figure, Rates, figure


@dataclass(frozen=True)
class Row:
    """A benchmark's figure beside its target; `at_most` where less is better."""

    name: str
    figure: Figure
    target: float
    unit: str = "x"
    at_most: bool = False

    @property
    def met(self) -> bool:
        return self.figure.value <= self.target if self.at_most else self.figure.value >= self.target

    @property
    def verdict(self) -> str:
        if self.met:
            return "met"
        return f"missed by {abs(self.figure.value - self.target) / self.target:.0%}" if self.target else "missed"


def machine(connection: Connection) -> str:
    """Where this is measured: processors, memory, versions and what decides how dear a commit is."""
    kernel = Path("/proc/cpuinfo")
    models = [line.split(":")[1].strip() for line in kernel.read_text().splitlines() if line.startswith("model name")]
    settings = [
        f"{name} {scalar(connection, 'select current_setting(%s)', (name,))}"
        for name in ("server_version", "fsync", "synchronous_commit", "shared_buffers")
    ]
    packages = [f"{name} {version(name)}" for name in ("psycopg", "pgqueuer", "procrastinate")]
    lines = (
        f"{len(models)} x {models[0]}, {platform.system()} {platform.release()}, load {_load()}",
        f"Python {platform.python_version()}, psycopg's {psycopg.pq.__impl__} implementation, {', '.join(packages)}",
        f"PostgreSQL {', '.join(settings)}",
    )
    return "\n".join(lines)


def _load() -> str:
    return Path("/proc/loadavg").read_text().split()[0]


def show(title: str, rates: Rates, unit: str = "rules/s") -> None:
    """Print the rates of all sides: median, smallest and largest."""
    print(f"\n{title}")
    for name, values in rates.items():
        print(f"  {name:46} {figure(values)} {unit}", flush=True)


def table(rows: Sequence[Row]) -> str:
    """One line a benchmark: figure with its extremes, target, and whether it is met."""
    lines = [f"{'benchmark':60} {'figure':28} {'target':>12}  verdict"]
    for row in rows:
        target = f"{'≤' if row.at_most else '≥'} {row.target:g} {row.unit}"
        lines.append(f"{row.name:60} {f'{row.figure} {row.unit}':28} {target:>12}  {row.verdict}")
    return "\n".join(lines)
