"""Files fetched over HTTP: bounded in time and size, and asked for again where network or server falter."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import IncompleteRead
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple
from urllib.parse import SplitResult, urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError, InvalidHeader, LocationParseError, NewConnectionError, TimeoutError

from automation.adapters.pool import closed_after
from automation.errors import FeedUnavailable, InvalidInput
from automation.settings import Fetching

_TRIES: Final = 3
_REDIRECTS: Final = 3
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_PIECE: Final = 65_536
_DIGITS: Final = 18  # of a size that is read: more is too large in any case


class Version(NamedTuple):
    """What the server calls the state of a file: its ETag and Last-Modified, as they were sent."""

    etag: str | None = None
    last_modified: str | None = None


class Download(NamedTuple):
    """A file and its version; `path` is None where it is still as it was."""

    path: Path | None
    version: Version


class _Falters(Exception):
    """One try came to nothing; `after` is for how many seconds the server asks to be left alone."""

    def __init__(self, why: str, after: float = 0) -> None:
        super().__init__(why)
        self.after = after


@contextmanager
def fetched(url: str, known: Version, bounds: Fetching) -> Iterator[Download]:
    """The file behind an http(s) URL, good inside the block; not fetched again where it still has a known version.

    What a server compresses with gzip is left compressed. InvalidInput for an address that is no good, an answer
    other than 200 and a file that is too large; FeedUnavailable where the server does not give the whole file in time.
    """
    name = Path(_parts(_allowed(url, url)).path).name or "navs"
    with TemporaryDirectory() as directory:
        path = Path(directory) / name
        version = _tried(url, path, known, bounds)
        yield Download(path, version) if version else Download(None, known)


def shown(url: str) -> str:
    """A URL without what may be secret in it: user, password, query."""
    parts = _parts(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # is checked when it is asked for
    except ValueError as error:
        raise InvalidInput("URL", f"is no address: {error}", hint="name it as https://host/path") from error
    return parts


def _tried(url: str, path: Path, known: Version, bounds: Fetching) -> Version | None:
    """Fetch it in up to three tries; None where it is still as it was."""
    seconds = bounds.total.total_seconds()
    deadline = time.monotonic() + seconds
    with closed_after(seconds) as pool:
        for attempt in range(_TRIES):
            try:
                return _once(pool, url, path, known, bounds, deadline)
            except _Falters as error:
                jitter = random.uniform(0.5, 1.5)  # noqa: S311 - jitter, not a secret
                wait = max(error.after, bounds.pause.total_seconds() * 2**attempt * jitter)
                if attempt + 1 == _TRIES or time.monotonic() + wait > deadline:
                    tries = f"{attempt + 1} {'try' if not attempt else 'tries'}"
                    raise FeedUnavailable(
                        f"{shown(url)} {error}; given up after {tries}",
                        hint="the next run tries again; look at the address if it stays so",
                    ) from error
            time.sleep(wait)
    raise AssertionError("unreachable: the last try returns or raises")


def _once(
    pool: urllib3.PoolManager, url: str, path: Path, known: Version, bounds: Fetching, deadline: float
) -> Version | None:
    try:
        response = _answer(pool, url, known, bounds, deadline)
        with response:
            if response.status == 304:
                return None
            _save(response, url, path, bounds.limit, deadline)
            return Version(response.headers.get("ETag"), response.headers.get("Last-Modified"))
    except LocationParseError as error:
        raise InvalidInput(shown(url), "is no address", hint="name it as https://host/path") from error
    except NewConnectionError as error:  # which urllib3 counts among the time-outs
        raise _Falters("can't be reached") from error
    except TimeoutError as error:
        raise _Falters("did not answer in time") from error
    except HTTPError as error:
        raise _Falters(_told(error)) from error


def _told(error: HTTPError) -> str:
    short = next((arg for arg in error.args if isinstance(arg, IncompleteRead)), None)
    return f"broke off: {error}" if short is None else f"was truncated: {short}"


def _answer(
    pool: urllib3.PoolManager, url: str, known: Version, bounds: Fetching, deadline: float
) -> urllib3.BaseHTTPResponse:
    """The answer that is a file or says that it is unchanged, after at most three redirects."""
    headers = {"Accept-Encoding": "gzip", "User-Agent": "automation-navs"}
    headers |= {"If-None-Match": known.etag} if known.etag else {}
    headers |= {"If-Modified-Since": known.last_modified} if known.last_modified else {}
    place = url
    for _ in range(_REDIRECTS + 1):
        left = max(deadline - time.monotonic(), 0.001)
        connect, read = (min(bound.total_seconds(), left) for bound in (bounds.connect, bounds.read))
        waits = urllib3.Timeout(connect=connect, read=read)
        response = pool.request(
            "GET", place, headers=headers, timeout=waits, retries=False, redirect=False, preload_content=False
        )
        if response.status not in _MOVED or "Location" not in response.headers:
            return _accepted(response, url, conditional=known != Version())
        response.close()
        place = _target(place, response.headers["Location"])
    raise InvalidInput(shown(url), f"redirects more than {_REDIRECTS} times", hint="name the last address")


def _target(place: str, location: str) -> str:
    """Where a redirect leads; InvalidInput where that may not be asked."""
    try:
        target = urljoin(place, location)
    except ValueError as error:
        raise InvalidInput(shown(place), "redirects to what is no address", hint="name the last address") from error
    return _allowed(target, place)


def _allowed(url: str, before: str) -> str:
    """The URL itself, if it may be asked: http or https, never from https back to http, nobody's password in it."""
    parts, hint = _parts(url), "name it as https://host/path"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidInput(shown(url), "is no http or https address", hint=hint)
    if before.startswith("https:") and parts.scheme == "http":
        raise InvalidInput(shown(before), f"redirects to {shown(url)}, which is not safe", hint=hint)
    if parts.username or parts.password:
        raise InvalidInput(shown(url), "holds a user or password", hint="a feed is read without")
    return url


def _accepted(response: urllib3.BaseHTTPResponse, url: str, *, conditional: bool) -> urllib3.BaseHTTPResponse:
    """The answer itself, or the error that its status stands for."""
    status = response.status
    if status == 200 or (status == 304 and conditional):
        return response
    response.close()
    said = f"answered {status} {response.reason or ''}".strip()
    if status == 429 or status >= 500:
        raise _Falters(said, _retry_after(response.headers.get("Retry-After")))
    raise InvalidInput(shown(url), said, hint="check the address, and whether it is still published there")


def _retry_after(text: str | None) -> float:
    """Seconds to wait, from a number of them or a date; 0 for what is neither."""
    try:
        return urllib3.Retry().parse_retry_after(text) if text else 0
    except (InvalidHeader, ValueError, OverflowError):
        return 0


def _save(response: urllib3.BaseHTTPResponse, url: str, path: Path, limit: int, deadline: float) -> None:
    """Write the body as it comes, as long as there is room and time."""
    announced = response.headers.get("Content-Length", "")
    size = int(announced[:_DIGITS]) if announced.isdecimal() else 0
    with path.open("wb") as file:
        while size <= limit:
            piece = response.read1(_PIECE, decode_content=False)
            if time.monotonic() > deadline:  # the end of a connection that was closed is not that of its file
                raise _Falters(f"did not give the whole file in time, {file.tell():,} bytes")
            if not piece:
                return
            file.write(piece)
            size = max(size, file.tell())
    raise InvalidInput(shown(url), f"holds more than {limit:,} bytes", hint="check the address")
