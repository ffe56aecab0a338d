"""How long an SMS is: 160 letters of its own alphabet, or 70 units of any, and less a part where there are several."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.wording.plain import clean
from automation.wording.sms import fitting, parts

EMOJI = "\U0001f600"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("a" * 459, 3),
        ("a" * 460, 4),
        ("@Δ" * 80, 1),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 158 + "[", 1),
        ("a" * 159 + "[", 2),
        ("₹" + "a" * 69, 1),
        ("₹" + "a" * 70, 2),
        ("₹" * 134, 2),
        ("₹" * 135, 3),
        ("`" + "a" * 69, 1),
        (EMOJI * 35, 1),
        (EMOJI * 36, 2),
    ],
)
def test_parts_by_alphabet(text: str, number: int) -> None:
    assert parts(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("a" * 152 + "[" + "a" * 152, 3),
        ("a" * 152 + "[" + "a" * 151, 2),
        ("₹" * 66 + EMOJI + "₹" * 66, 3),
        ("₹" * 66 + EMOJI + "₹" * 65, 2),
    ],
)
def test_a_letter_of_two_places_is_not_divided_between_two_parts(text: str, number: int) -> None:
    assert parts(text) == number


letters = st.sampled_from("ab €[]₹हि\u0301\U0001f600\U0001f1ee\U0001f1f3\u200d")


@given(st.text(letters | st.characters(exclude_categories=["Cs"]), max_size=700), st.integers(1, 4))
def test_what_fits_never_exceeds_and_is_the_beginning(text: str, most: int) -> None:
    shown = fitting(text, most)
    assert parts(shown) <= most
    mark = "…" if shown.endswith("…") else "..."
    assert shown == text or text.startswith(shown.removesuffix(mark))


@given(st.integers(0, 160), st.sampled_from("a€"))
def test_what_fits_is_left_alone(length: int, letter: str) -> None:
    text = letter * (length // (2 if letter == "€" else 1))
    assert fitting(text, 1) == text


@pytest.mark.parametrize("letter", ["a", "€", "₹", EMOJI])
def test_what_is_cut_uses_the_room_that_there_is(letter: str) -> None:
    shown = fitting(letter * 1000)
    assert parts(shown) == 3
    assert parts(letter * (len(shown) + 2)) == 4


def test_an_sms_of_its_own_alphabet_is_not_made_shorter_by_the_mark_of_the_cut() -> None:
    assert fitting("a" * 1000) == "a" * 456 + "..."


def test_a_flag_at_the_end_of_the_room_is_whole_or_not_there() -> None:
    flag = "\U0001f1ee\U0001f1f3"
    for before in range(190, 204):
        shown = fitting("₹" * before + flag * 20)
        assert shown.removesuffix("…").count("\U0001f1ee") == shown.count("\U0001f1f3")
        assert clean(shown) == shown
