"""Whatever is known of an event, something can be said: whole, short, and safe."""

from __future__ import annotations

import re
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automation.notifications.event import Event
from automation.wording import as_html, digest
from automation.wording.sms import PARTS, parts
from tests.unit.wording.letters import ASHA, FACTS, letter

EVENTS: tuple[str, ...] = get_args(Event)
WHATS = ("held", "unconfirmed", "expired", "cash_short", "units_short", "trigger_disabled", "closed", "merged", "?")
STATUSES = ("Pending", "Failed", "Cancelled", "Executed", "Settled", "Adjusted", "Triggered", "Expired")
# What ends a line or turns the order of text around; in a text the only ends of lines are those between paragraphs.
HARMFUL = "\r\n\0\x0b\x1b\x85\u2028\u2029\u200e\u200f\u202a\u202e\u2066\u2069\u061c\ufeff\ud800"
SEEN = re.compile(f"[{HARMFUL}]")


def some_of(event: str) -> st.SearchStrategy[dict[str, Any]]:
    """Some of the facts of an event, in one of its cases."""
    facts = FACTS[event]
    cases = {"what": st.sampled_from(WHATS), "status": st.sampled_from(STATUSES), "paused": st.booleans()} | {
        "mode": st.sampled_from(("execute", "confirm", "notify")),
        "plan": st.sampled_from(("SIP", "STP", "SWP")),
        "order_type": st.sampled_from(("Purchase", "Redemption", "Switch")),
    }
    values = {name: cases.get(name, st.just(value)) for name, value in facts.items()}
    return st.fixed_dictionaries({}, optional=values)


def test_the_facts_of_these_tests_are_of_all_events_that_there_are() -> None:
    assert set(FACTS) == set(EVENTS)


@pytest.mark.parametrize("event", EVENTS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_of_its_facts_make_whole_sentences(event: str, data: st.DataObject) -> None:
    title, short, text = letter(event, data.draw(some_of(event)))
    assert title
    assert len(title) <= 150
    assert short.endswith((".", "AUTO-1 2026-01-05T10:00"))
    assert parts(short) <= PARTS
    for paragraph in text.split("\n\n"):
        assert paragraph
        assert "\n" not in paragraph
    for said in (title, short, text):
        assert not re.search(r"  |None|\{|Undefined|¶| [.,:]|\.\.|: *$|\(\)", said.replace("\n\n", "\n")), said
        assert not re.search(r"\.[A-Z]", said), "a sentence begins where another has not ended"


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("bad", list(HARMFUL))
def test_what_no_line_may_hold_reaches_nobody(event: str, bad: str) -> None:
    facts = {name: f"a{bad}b" if isinstance(value, str) else value for name, value in FACTS[event].items()}
    facts |= {name: (f"a{bad}b",) for name in facts if name == "products"}
    content = letter(event, facts)
    assert not SEEN.search(content.title)
    assert not SEEN.search(content.short)
    assert not SEEN.search(content.text.replace("\n\n", ""))
    assert not SEEN.search(as_html(content, "en_IN").replace("\n", ""))


@settings(max_examples=150, deadline=None)
@given(name=st.text(max_size=400), event=st.sampled_from(EVENTS), fact=st.integers(0, 20))
def test_any_text_in_place_of_any_fact_is_one_line(name: str, event: str, fact: int) -> None:
    names = sorted(FACTS[event])
    content = letter(event, FACTS[event] | {names[fact % len(names)]: name})
    assert not SEEN.search(content.title + content.short + content.text.replace("\n\n", ""))
    assert parts(content.short) <= PARTS
    content.text.encode()


@pytest.mark.parametrize("name", ["a\n¶\nb", "a ¶ b", "¶"])
def test_no_fact_makes_a_paragraph(name: str) -> None:
    said = letter("Goal Milestone Reached", {"name": name, "percent": 50})
    assert "\n" not in said.text
    assert "¶" in said.text


@pytest.mark.parametrize(
    "value", [{"a": "x\ny"}, ["x\ny"], ("x\ny",), 1.5, "NaN", "Infinity", "1e999999", True, "", None]
)
@pytest.mark.parametrize("event", EVENTS)
def test_values_of_odd_kinds_are_said_or_left_out(event: str, value: Any) -> None:
    for name in FACTS[event]:
        content = letter(event, FACTS[event] | {name: value})
        assert content.title
        assert "\n" not in content.text.replace("\n\n", "")
        assert len(content.text) < 2000


@pytest.mark.parametrize("event", EVENTS)
def test_a_reason_of_ten_thousand_characters_is_short(event: str) -> None:
    content = letter(event, FACTS[event] | {"reason": "because " * 1250})
    assert len(content.text) < 1200
    assert parts(content.short) <= PARTS
    assert len(as_html(content, "en_IN")) < 3000


@pytest.mark.parametrize("event", EVENTS)
def test_names_are_escaped_in_html_and_stay_themselves_elsewhere(event: str) -> None:
    bad = "<script>alert('x')</script>&\""
    names = {"name", "product", "target_product", "products"} & set(FACTS[event])
    content = letter(event, FACTS[event] | dict.fromkeys(names, bad))
    html = as_html(content, "en_IN")
    assert bad in content.text
    assert "<script" not in html
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&#34;" in html


def test_many_messages_are_one_which_says_what_it_leaves_out() -> None:
    one = letter("Order Executed", FACTS["Order Executed"])
    whole = digest([one] * 60, ASHA)
    assert whole.title == "60 updates on your investments"
    assert whole.text.count(f"• {one.title}\n\n{one.text}") == 50
    assert whole.text.endswith("And 10 more, which you find in the app.")
    assert digest([one], ASHA).title == "1 update on your investments"
    assert "more" not in digest([one] * 50, ASHA).text.replace(one.text, "")
