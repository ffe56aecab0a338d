"""A message written for its reader: a title, a short form for phones, and a text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from automation.notifications.told import Told
from automation.wording import library
from automation.wording.figures import locale_of, shown
from automation.wording.plain import clean
from automation.wording.sms import fitting

_TITLE: Final = 150
_SHOWN: Final = 50
# A line of its own, which no fact can make: facts have no lines.
_BREAK: Final = re.compile(r"^[ ]*¶[ ]*$", re.MULTILINE)


class Reader(NamedTuple):
    """For whom it is written: the locale such as en_IN, the zone in which instants are shown, the currency."""

    name: str
    locale: str
    time_zone: str
    currency: str


class Content(NamedTuple):
    """What is said: a title of one line, a short form that fits an SMS, and plain paragraphs."""

    title: str
    short: str
    text: str


def write(told: Told, reader: Reader) -> Content:
    """A message from the template of its event; a fact that is missing is left unsaid."""
    language = locale_of(reader.locale).language
    template = library.template(told.event, language)
    context = template.new_context(_shown(told.facts, reader, language))
    title, short, text = ("".join(template.blocks[name](context)) for name in ("title", "short", "text"))
    return Content(clean(title.strip(), _TITLE), fitting(" ".join(short.split())), _paragraphs(text))


def _shown(facts: Mapping[str, Any], reader: Reader, language: str) -> dict[str, Any]:
    locale, zone, currency = reader.locale, reader.time_zone, reader.currency
    said = {name: shown(name, value, currency, zone, locale) for name, value in facts.items()}
    said["says"] = library.phrases(language)
    if (code := facts.get("reason")) is not None:
        said["why"] = library.reason(str(code), language)
    return said


def _paragraphs(text: str) -> str:
    """Paragraphs with a line between them, whatever the template's own lines are: a new one begins at a line of ¶."""
    parts = (" ".join(part.split()) for part in _BREAK.split(text))
    return "\n\n".join(part for part in parts if part)


def digest(contents: Sequence[Content], reader: Reader) -> Content:
    """Many messages as one, in their order, up to a number that can be read."""
    language = locale_of(reader.locale).language
    template = library.template("digest", language)
    left = max(len(contents) - _SHOWN, 0)
    context = template.new_context({"count": len(contents), "left": left, "client": clean(reader.name)})
    title, short, text = ("".join(template.blocks[name](context)) for name in ("title", "short", "text"))
    told = [part for each in contents[:_SHOWN] for part in (f"• {each.title}", each.text)]
    whole = "\n\n".join([*told, _paragraphs(text)] if left else told)
    return Content(clean(title.strip(), _TITLE), fitting(" ".join(short.split())), whole)
