"""The templates: a folder a language, a file an event, in it the blocks title, short and text."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import ChainableUndefined, Environment, FileSystemLoader, Template, TemplateNotFound, select_autoescape

from automation.wording.plain import clean

FOLDER: Final = Path(__file__).parent
DEFAULT_LANGUAGE: Final = "en"


@cache
def _environment() -> Environment:
    """Plain text is not escaped; what becomes HTML is escaped by its own layout."""
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(enabled_extensions=("html.jinja",), default=False),
        undefined=ChainableUndefined,
        auto_reload=False,
    )


@cache
def template(event: str, language: str) -> Template:
    """The template of an event in a language, in the default one where that has none."""
    name = f"{event.lower().replace(' ', '-')}.jinja"
    try:
        return _environment().get_template(f"{language}/{name}")
    except TemplateNotFound:
        return _environment().get_template(f"{DEFAULT_LANGUAGE}/{name}")


@cache
def spoken(language: str) -> str:
    """The language itself where it has a folder, else the default one, in which is said what it has not."""
    return language if (FOLDER / language).is_dir() else DEFAULT_LANGUAGE


@cache
def phrases(language: str) -> object:
    """What the templates of a language have in common: its macros, by their names."""
    try:
        return _environment().get_template(f"{language}/phrases.jinja").module
    except TemplateNotFound:
        return _environment().get_template(f"{DEFAULT_LANGUAGE}/phrases.jinja").module


@cache
def layout() -> Template:
    """The frame of an HTML message."""
    return _environment().get_template("layout.html.jinja")


@cache
def _reasons(language: str) -> dict[str, str]:
    file = FOLDER / language / "reasons.json"
    own = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return own if language == DEFAULT_LANGUAGE else _reasons(DEFAULT_LANGUAGE) | own


def reason(code: str, language: str) -> str:
    """A reason in words; one that nobody has written down is read as it stands."""
    found = _reasons(language).get(code)
    return found if found is not None else clean(code.replace("_", " ")).rstrip(" .") or "no reason was given"
