"""A message as HTML: the same paragraphs, escaped, in a sober frame."""

from __future__ import annotations

from automation.wording import library
from automation.wording.figures import locale_of
from automation.wording.letter import Content


def as_html(content: Content, locale: str) -> str:
    """The HTML form of a message, in the language of a locale."""
    paragraphs = content.text.split("\n\n")
    language = library.spoken(locale_of(locale).language)
    return library.layout().render(title=content.title, paragraphs=paragraphs, language=language)
