"""How messages read before anybody is told: written from samples, without any client's data."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, NamedTuple

from automation.engine.notification_settings import check_locale
from automation.notifications.event import Channel, Event

_NAME, _ZONE, _CURRENCY = "Asha", "Asia/Kolkata", "INR"
_EMAIL: Final = "Email"


class Preview(NamedTuple):
    """One case of an event as it reads; `html` is what an e-mail has besides its text."""

    event: str
    title: str
    short: str
    text: str
    html: str | None


def previews(events: Collection[Event], channel: Channel, locale: str) -> list[Preview]:
    """Each case of some events, as it is written for a locale; InvalidInput where there is none of that name.

    What writes is read only where it is asked for: templates and languages are many files.
    """
    from automation import wording
    from automation.wording import samples

    check_locale(locale)
    reader = wording.Reader(_NAME, locale, _ZONE, _CURRENCY)
    found = []
    for told in (told for event in events for told in samples.of(event)):
        content = wording.write(told, reader)
        html = wording.as_html(content, locale) if channel == _EMAIL else None
        found.append(Preview(told.event, content.title, content.short, content.text, html))
    return found
