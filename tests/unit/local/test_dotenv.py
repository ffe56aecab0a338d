"""The reader of .env files: what it takes and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from automation.errors import ConfigurationError
from infra.local import dotenv

GOOD = {
    "A=1": "1",
    "A = spaced out ": "spaced out",
    "export A=1": "1",
    "A=": "",
    "A=1 # one": "1",
    "A=a#b": "a#b",
    "A=# nothing": "",
    "A='x # y'": "x # y",
    "A='x\\n' # comment": "x\\n",
    'A="x\\ny"': "x\ny",
    'A="say \\"hi\\" \\\\ "': 'say "hi" \\ ',
    "A=postgresql://u:p%40@h:5432/d?sslmode=require": "postgresql://u:p%40@h:5432/d?sslmode=require",
    "A=$HOME": "$HOME",
}
BAD = {
    "A": "line 2: is not KEY=VALUE",
    "1A=x": "line 2: is not KEY=VALUE",
    "A-B=x": "line 2: is not KEY=VALUE",
    "A='x": "line 2: the quotes of A are not closed",
    'A="x\\"': "line 2: the quotes of A are not closed",
    "A='x' y": "line 2: the quotes of A are not closed",
    "A=1\nB=2\nA=3": "line 4: A is set twice",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / ".env"


@pytest.mark.parametrize(("line", "value"), GOOD.items())
def test_a_line_means_what_is_written(line: str, value: str, file: Path) -> None:
    file.write_text(f"# a comment\n\n{line}\nB=2\n")
    assert dotenv.read(file) == {"A": value, "B": "2"}


@pytest.mark.parametrize(("text", "said"), BAD.items())
def test_a_line_that_is_none_is_refused_by_its_number(text: str, said: str, file: Path) -> None:
    file.write_text(f"# a comment\n{text}\n")
    with pytest.raises(ConfigurationError, match=f"^.env {said}$"):
        dotenv.read(file)


def test_windows_line_ends_and_a_byte_order_mark_do_not_matter(file: Path) -> None:
    file.write_bytes("\ufeffA=1\r\nB='2'\r\n".encode())
    assert dotenv.read(file) == {"A": "1", "B": "2"}


def test_no_file_is_no_variables(file: Path) -> None:
    assert dotenv.read(file) == {}


def test_a_file_that_is_no_text_is_refused(file: Path) -> None:
    file.write_bytes(b"A=\xff\xfe")
    with pytest.raises(ConfigurationError, match="can't be read"):
        dotenv.read(file)
