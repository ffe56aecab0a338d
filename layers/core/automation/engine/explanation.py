"""An explanation of a rule, whatever its kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Explanation:
    """One sentence for people, and the same as data: `status`, `reason`, `guards`, `short_by`, `next_run_at`, …"""

    sentence: str
    data: dict[str, Any]
