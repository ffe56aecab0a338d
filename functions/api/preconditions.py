"""Versions: every object shows its own as ETag, and a change names by If-Match the one that it is made to."""

from __future__ import annotations

import re
from typing import Annotated, Final

from fastapi import Depends, Header, Response

from automation.errors import PreconditionRequired

_TAG: Final = re.compile(r'\s*"([0-9]{1,18})"\s*')
Versions = frozenset[int] | None
_Header = Annotated[str | None, Header(description="The ETag that was read, or `*` for any.")]


def tag(response: Response, version: int) -> None:
    """Show a version."""
    response.headers["ETag"] = f'"{version}"'


def _seen(
    if_match: _Header = None,
) -> Versions:
    """The versions that the caller would have changed; None for any. Weak tags, and what is no tag, match nothing."""
    if if_match is None:
        raise PreconditionRequired(
            "If-Match is required", hint="read it, and send its ETag as If-Match; or * to change it whatever it is"
        )
    if if_match.strip() == "*":
        return None
    found = (_TAG.fullmatch(part) for part in if_match.split(","))
    return frozenset(int(each[1]) for each in found if each)


Seen = Annotated[Versions, Depends(_seen)]
