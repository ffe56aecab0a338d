"""Small JSON documents fetched over HTTP, such as an issuer's keys."""

from __future__ import annotations

import json
from typing import Any, Final

import urllib3
from urllib3.exceptions import HTTPError

from automation.errors import IdentityUnavailable

_LIMIT: Final = 256 * 1024
_WAITS: Final = urllib3.Timeout(connect=2, read=3)


def fetched(url: str) -> dict[str, Any]:
    """The JSON object behind a URL, no redirect followed; IdentityUnavailable where that is not to be had now."""
    hint = "try again in a moment"
    try:
        response = urllib3.request("GET", url, timeout=_WAITS, retries=False, redirect=False, preload_content=False)
        with response:
            body = response.read(_LIMIT + 1)
        found = json.loads(body) if response.status == 200 and len(body) <= _LIMIT else None
    except (HTTPError, ValueError) as error:
        raise IdentityUnavailable(f"{url} can't be read: {error}", hint=hint) from error
    if not isinstance(found, dict):
        raise IdentityUnavailable(f"{url} answered {response.status} and no document", hint=hint)
    return found
