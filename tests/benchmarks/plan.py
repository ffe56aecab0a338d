"""How large a run of the benchmarks is."""

from __future__ import annotations

from dataclasses import dataclass

from tests.benchmarks.one_statement import BATCH


@dataclass(frozen=True)
class Plan:
    """`rules` are held and `due` of them fall due on each day; `few` are held where few are.

    In each of the `rounds` the engine and the one statement take `batches`, the loop takes `loop` rules and each
    queue `jobs`. `starts` is how many fresh processes are started of each kind. A listing of
    NAVs has `lines`. `triggers` are at rest in one
    database and `more` in another; `portfolios` are measured; each side of the API answers `requests`.
    """

    rules: int = 1_000_000
    due: int = 100_000
    few: int = 10_000
    rounds: int = 12
    batches: int = 10
    loop: int = 400
    jobs: int = 400
    starts: int = 15
    lines: int = 15_000
    triggers: int = 1_000_000
    more: int = 5_000_000
    portfolios: int = 100_000
    requests: int = 200

    @property
    def turn(self) -> int:
        """How many rules the engine takes in its turn."""
        return self.batches * BATCH

    def rounds_a_day(self, taken: int) -> int:
        """How many rounds a day's due rules last where each takes so many; the sides' first batches come first."""
        return max((self.due - 2 * BATCH) // taken, 1)


QUICK = Plan(
    rules=50_000,
    due=5_000,
    few=3_000,
    rounds=2,
    batches=1,
    loop=100,
    jobs=100,
    starts=2,
    lines=3_000,
    triggers=20_000,
    more=40_000,
    portfolios=2_000,
    requests=20,
)
