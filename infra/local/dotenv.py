"""A strict reader of `.env` files: KEY=VALUE lines, quotes, comments, and nothing that a shell would do."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from automation.errors import ConfigurationError

_LINE: Final = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")
_SINGLE: Final = re.compile(r"'([^']*)'\s*(?:#.*)?")
_DOUBLE: Final = re.compile(r'"((?:[^"\\]|\\.)*)"\s*(?:#.*)?')
_COMMENT: Final = re.compile(r"(?:^|\s)#.*")
_ESCAPE: Final = re.compile(r"\\(.)")
_ESCAPED: Final = {"n": "\n", "t": "\t"}


def read(path: Path) -> dict[str, str]:
    """The variables of a file, none where there is no such file; ConfigurationError names the line that is wrong.

    A value in single quotes is taken as it is, one in double quotes knows \\n, \\t, \\" and \\\\; outside of
    quotes a # after a space begins a comment.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} can't be read: {error}", hint="correct or remove the file") from error
    values: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            key, value = _pair(f"{path.name} line {number}", stripped)
            if key in values:
                raise ConfigurationError(f"{path.name} line {number}: {key} is set twice", hint="keep one of the two")
            values[key] = value
    return values


def _pair(place: str, line: str) -> tuple[str, str]:
    match = _LINE.fullmatch(line)
    if not match:
        raise ConfigurationError(f"{place}: is not KEY=VALUE", hint="put a # before a comment")
    key, value = match.groups()
    if value[:1] not in ("'", '"'):
        return key, _COMMENT.sub("", value).strip()
    pattern = _SINGLE if value[0] == "'" else _DOUBLE
    quoted = pattern.fullmatch(value)
    if not quoted:
        raise ConfigurationError(f"{place}: the quotes of {key} are not closed", hint="close them at the line's end")
    inside = quoted.group(1)
    return key, inside if pattern is _SINGLE else _ESCAPE.sub(lambda one: _ESCAPED.get(one[1], one[1]), inside)
