"""Rows as the arrays that `unnest` takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def columns(rows: Iterable[Sequence[object]], width: int) -> list[list[object]]:
    """Rows turned into one list a column, as unnest takes them."""
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]
