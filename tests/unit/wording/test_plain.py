"""What is made safe to be shown, and where it may be cut."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.wording.plain import clean, cut

WHOLE = {
    "an accent": "e\u0301",
    "several accents": "a\u0323\u0302",
    "a flag": "\U0001f1ee\U0001f1f3",
    "a flag of a region": "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "a family": "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466",
    "a skin tone": "\U0001f44d\U0001f3fd",
    "a coloured heart": "\u2764\ufe0f",
    "a keycap": "1\ufe0f\u20e3",
    "a vowel sign": "\u0915\u093f",
    "letters joined by a virama": "\u0915\u094d\u0937\u093f",
    "an Arabic mark": "\u0628\u0650",
}


@pytest.mark.parametrize("one", WHOLE.values(), ids=WHOLE)
@pytest.mark.parametrize("longest", range(1, 41))
def test_what_is_seen_as_one_character_is_never_cut_through(one: str, longest: int) -> None:
    shown = cut(one * 40, longest)
    assert len(shown) <= longest
    kept, mark = shown[:-1], shown[-1]
    assert mark == "…"
    assert kept == one * (len(kept) // len(one))
    assert len(kept) > longest - 1 - len(one), "no more is left out than must be"


@pytest.mark.parametrize("one", WHOLE.values(), ids=WHOLE)
def test_what_is_seen_as_one_character_is_kept_by_cleaning(one: str) -> None:
    assert clean(f"a {one} b") == f"a {one} b"


@given(st.text(), st.integers(1, 50))
def test_what_is_cut_is_the_beginning_and_no_longer_than_asked_for(text: str, longest: int) -> None:
    shown = cut(text, longest)
    assert len(shown) <= longest
    assert shown == text or (shown.endswith("…") and text.startswith(shown[:-1]))


@given(st.text(st.characters(exclude_categories=[])), st.integers(1, 400))
def test_what_is_clean_is_one_line_without_what_nobody_sees_and_stays_as_it_is(text: str, longest: int) -> None:
    shown = clean(text, longest)
    assert len(shown) <= longest
    assert not {unicodedata.category(letter) for letter in shown} & {"Cc", "Cs", "Zl", "Zp"}
    assert not [letter for letter in shown if unicodedata.bidirectional(letter) in BIDI]
    assert clean(shown, longest) == shown
    shown.encode()


# Embeddings, overrides and isolates; their ends as well.
BIDI = {"LRE", "LRO", "RLE", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\r\nBcc: x@y.z", "a Bcc: x@y.z"),
        ("a\u2028b\u2029c\x85d\x00e", "a b c d e"),
        ("  a   b\t\tc ", "a b c"),
        ("a   b", "a b"),
        ("in\u200bvis\u2060ible\ufeff", "invisible"),
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ("half \ud83d of one", "half of one"),
        ("", ""),
    ],
)
def test_ends_of_lines_are_spaces_and_what_nobody_sees_is_left_out(text: str, shown: str) -> None:
    assert clean(text) == shown


@pytest.mark.parametrize("text", ["صندوق الأسهم", "קרן מניות", "فا\u200cرسی"])
def test_text_from_right_to_left_stays_whole(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize("text", ["a" * 10_000, "a " * 5_000, "\u200b" * 5_000 + "é" * 5_000])
def test_what_is_far_too_long_is_marked_as_cut(text: str) -> None:
    shown = clean(text)
    assert len(shown) <= 300
    assert shown.endswith("…")


def test_what_is_long_for_what_nobody_sees_alone_is_whole() -> None:
    assert clean("a" + "\u200b" * 5_000 + " " * 5_000 + "b") == "a b"
