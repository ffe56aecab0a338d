"""A progress bar over dates, on a terminal only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

Seen = Callable[[date], object]


@contextmanager
def dates(what: str, start: date, end: date) -> Iterator[Seen]:
    """Show on standard error how far the dates from `start` to `end` have been reached; nothing but on a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[date]}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=(end - start).days + 1, date=start)

        def seen(day: date) -> None:
            progress.update(task, completed=(day - start).days + 1, date=day)

        yield seen
