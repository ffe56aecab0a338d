"""What is in a file, at most so much of it, unzipped where it is zipped."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import Final

from automation.errors import InvalidInput

MEBIBYTE: Final = 1024 * 1024
LIMIT: Final = 64 * MEBIBYTE
_GZIP: Final = b"\x1f\x8b"


def read(path: Path, limit: int = LIMIT) -> bytes:
    """The bytes of a file; InvalidInput for one that can't be read or holds more than `limit` bytes, unzipped."""
    try:
        if path.stat().st_size > limit:
            raise _too_large(path, limit)
        with path.open("rb") as raw:
            zipped = raw.read(len(_GZIP)) == _GZIP
        with gzip.open(path) if zipped else path.open("rb") as file:
            content: bytes = file.read(limit + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidInput(str(path), f"can't be read: {error}", hint="name a file of NAVs, gzip allowed") from error
    if len(content) > limit:
        raise _too_large(path, limit)
    return content


def _too_large(path: Path, limit: int) -> InvalidInput:
    return InvalidInput(path.name, f"holds more than {limit:,} bytes", hint="name a file of NAVs, or load it in parts")
