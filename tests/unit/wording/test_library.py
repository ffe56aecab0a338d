"""Adding a language is adding a folder, and adding an event is adding a file."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import TemplateNotFound

from automation.wording import Content, Reader, as_html, library
from automation.wording import letter as letters
from tests.unit.wording.letters import ASHA, ORDER, letter

RAVI = Reader("रवि", "hi_IN", "Asia/Kolkata", "INR")


def forget() -> None:
    for cached in (library._environment, library.template, library.phrases, library.layout, library._reasons):
        cached.cache_clear()
    library.spoken.cache_clear()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the templates, which a test may add to."""
    copy = tmp_path / "wording"
    shutil.copytree(library.FOLDER, copy)
    monkeypatch.setattr(library, "FOLDER", copy)
    forget()
    yield copy
    forget()


def test_an_event_is_added_as_a_file(folder: Path) -> None:
    (folder / "en" / "tax-report-ready.jinja").write_text(
        "{% block title %}Tax report{% endblock %}{% block short %}Ready: {{ amount }}.{% endblock %}"
        "{% block text %}\nIt is ready.\n¶\nIt says {{ amount }}.\n{% endblock %}"
    )
    said = letter("Tax Report Ready", {"amount": "5000"})
    assert said == Content("Tax report", "Ready: ₹5,000.00.", "It is ready.\n\nIt says ₹5,000.00.")


def test_an_event_without_a_file_is_an_error_that_names_it() -> None:
    with pytest.raises(TemplateNotFound, match="no-such-event"):
        letter("No Such Event", {})


def test_a_language_is_added_as_a_folder_and_what_it_lacks_is_said_in_the_default_one(folder: Path) -> None:
    hindi = folder / "hi"
    hindi.mkdir()
    (hindi / "order-failed.jinja").write_text(
        "{% block title %}ऑर्डर विफल{% endblock %}{% block short %}{{ why }}{% endblock %}"
        "{% block text %}{{ amount }}: {{ why }}{% endblock %}"
    )
    (hindi / "reasons.json").write_text(json.dumps({"refused": "फंड हाउस ने मना किया"}))
    assert letter("Order Failed", ORDER | {"reason": "refused"}, RAVI) == Content(
        "ऑर्डर विफल", "फंड हाउस ने मना किया", "₹1,00,000.00: फंड हाउस ने मना किया"
    )
    assert letter("Order Failed", ORDER | {"reason": "locked_in"}, RAVI).short == "the units are locked in"
    assert letter("Order Executed", ORDER, RAVI).title == "Order executed: Axis Bluechip"
    assert letter("Order Failed", ORDER, ASHA).title == "Order failed: Axis Bluechip"


@pytest.mark.parametrize(
    ("locale", "there", "language"), [("hi_IN", True, "hi"), ("hi_IN", False, "en"), ("?", False, "en")]
)
def test_html_names_the_language_that_it_is_in(folder: Path, locale: str, there: bool, language: str) -> None:
    if there:
        (folder / "hi").mkdir()
    assert f'<html lang="{language}">' in as_html(Content("t", "s", "x"), locale)


def test_html_leaves_the_direction_of_each_paragraph_to_its_text() -> None:
    arabic = "صندوق الأسهم"
    html = as_html(letter("Goal Milestone Reached", {"name": arabic, "percent": 50, "goal": "G1"}), "en_IN")
    assert html.count(arabic) == 3
    assert html.count('dir="auto"') == 2
    assert html.count("<p ") == html.count('<p dir="auto"') == 1


def test_html_has_a_paragraph_for_each_of_the_text() -> None:
    said = letter("Order Executed", ORDER)
    html = as_html(said, "en_IN")
    assert html.count("<p ") == said.text.count("\n\n") + 1 == 3
    assert f"<title>{said.title}</title>" in html
    assert len(said.title) <= letters._TITLE
