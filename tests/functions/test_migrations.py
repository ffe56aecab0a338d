"""The migrations function, called as Lambda calls it with its own sample event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from automation.errors import ConfigurationError
from infra.local.invoke import call
from tests.conftest import MIGRATIONS


@pytest.fixture
def empty(make_database: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> str:
    url = make_database()
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("MIGRATIONS_DIR", str(MIGRATIONS))
    return url


@pytest.mark.usefixtures("empty")
def test_it_applies_every_file_and_then_none(event: Callable[[str], dict[str, Any]]) -> None:
    names = sorted(path.name for path in MIGRATIONS.glob("0*.sql"))
    assert call("migrations", event("migrations")) == {"applied": names}
    assert call("migrations", event("migrations")) == {"applied": []}


def test_without_a_database_it_names_the_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("DATABASE_SECRET_ARN", raising=False)
    with pytest.raises(ConfigurationError, match="no database is configured"):
        call("migrations", {})
