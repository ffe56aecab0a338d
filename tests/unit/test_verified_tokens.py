"""Who a verified token speaks for is remembered, and for how long."""

from __future__ import annotations

from automation.identity.permissions import Caller, Role
from automation.identity.verified import Verified, VerifiedTokens

OLGA = Caller("olga", frozenset({Role.OPERATIONS}))


def tokens(*instants: float, most: int = 10) -> VerifiedTokens:
    """Tokens whose clock shows these seconds, one after another; the last stays."""
    left = list(instants)
    return VerifiedTokens(lambda: left.pop(0) if len(left) > 1 else left[0], most)


def test_one_that_was_kept_is_found_and_no_other() -> None:
    kept = tokens(1000.0)
    kept.keep("Bearer a.b.c", Verified(OLGA, 1030))
    assert kept.find("Bearer a.b.c") == OLGA
    assert kept.find("Bearer a.b.d") is None
    assert kept.find("") is None


def test_it_counts_until_it_expires() -> None:
    kept = tokens(1000.0, 1029.9, 1030.0)
    kept.keep("Bearer a.b.c", Verified(OLGA, 1030))
    assert [kept.find("Bearer a.b.c"), kept.find("Bearer a.b.c")] == [OLGA, None]


def test_after_a_minute_it_is_verified_again_however_long_it_is_good() -> None:
    kept = tokens(1000.0, 1059.9, 1060.0)
    kept.keep("Bearer a.b.c", Verified(OLGA, 10**400))
    assert [kept.find("Bearer a.b.c"), kept.find("Bearer a.b.c")] == [OLGA, None]


def test_no_more_are_kept_than_the_bound() -> None:
    kept = tokens(1000.0, most=2)
    for token in ("one", "two", "three"):
        kept.keep(token, Verified(OLGA, 2000))
    assert [kept.find(token) is not None for token in ("one", "two", "three")] == [False, True, True]


def test_a_token_itself_is_not_kept() -> None:
    kept = tokens(1000.0)
    kept.keep("Bearer secret", Verified(OLGA, 2000))
    assert "secret" not in repr(vars(kept))
