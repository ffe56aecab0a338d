"""A market to test in: a world, and a file in which prices come, evening by evening."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import navs.handler
from automation.runtime import using
from tests import builders
from tests.builders import Context, World

MONDAY: Final = "2024-01-08"


def weekdays(first: str) -> Iterator[str]:
    """The days from one on, but Saturdays and Sundays."""
    day = date.fromisoformat(first)
    while True:
        if day.isoweekday() < 6:
            yield day.isoformat()
        day += timedelta(days=1)


@dataclass(frozen=True)
class Market:
    """A world, and a file in which prices come."""

    world: World
    file: Path

    def publish(self, nav: str, day: str, product: str = "EQ", *, when: str | None = None, **event: Any) -> None:
        """A price comes in, in the evening of its date if not at another time; nobody looks at it yet."""
        self.publish_all({product: nav}, day, when=when, **event)

    def publish_all(self, prices: dict[str, str], day: str, *, when: str | None = None, **event: Any) -> None:
        """Prices of several products come in one file."""
        self.world.clock.instant = builders.at(when or f"{day} 21:00")
        lines = "".join(f"{product},{day},{nav}\n" for product, nav in prices.items())
        self.file.write_text(f"scheme,date,nav\n{lines}")
        with using(self.world.runtime):
            navs.handler.handler({"file": str(self.file)} | event, Context())
