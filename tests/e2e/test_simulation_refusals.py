"""A scenario that can't be simulated is refused by the path of the field, and its database is gone afterwards."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from automation.database import connect
from automation.errors import InvalidInput
from infra.local.postgres import Server
from infra.local.simulation import scenario as scenarios
from infra.local.simulation.scratch import administrator, remade
from infra.local.simulation.simulate import simulate
from tests.e2e.conftest import Simulate
from tests.e2e.independent import DATA, Market
from tests.e2e.scenarios import Body, client, scenario, sip

MARKET = Market(["HDFC_EQUITY"], date(2008, 1, 1), date(2008, 3, 31))
SOUND = scenario(MARKET, client("C1", sip(MARKET), holdings=({"product": "HDFC_EQUITY", "amount": "1000"},)))


def changed(change: Callable[[Any], object]) -> Body:
    content = deepcopy(SOUND)
    change(content)
    return content


CHANGES: list[tuple[str, str, Callable[[Any], object]]] = [
    ("foo", "is not a field", lambda s: s.update(foo=1)),
    ("clients[0].foo", "is not a field", lambda s: s["clients"][0].update(foo=1)),
    ("products[0].navs", "is not a field", lambda s: s["products"][0].update(navs=[])),
    ("clients[0].holdings[0].price", "is not a field", lambda s: s["clients"][0]["holdings"][0].update(price="1")),
    ("to", "before", lambda s: s.update(to="2007-12-31")),
    ("from", "not a date", lambda s: s.update({"from": "2008-02-31"})),
    ("fill", "applicable", lambda s: s.update(fill="close")),
    ("products", "twice", lambda s: s["products"].append(s["products"][0])),
    ("clients", "twice", lambda s: s["clients"].append(s["clients"][0])),
    ("clients[0].time_zone", "no time zone", lambda s: s["clients"][0].update(time_zone="Asia/Bombay2")),
    ("clients[0].cash", "decimal", lambda s: s["clients"][0].update(cash=1000.5)),
    ("clients[0].holdings[0]", "either", lambda s: s["clients"][0]["holdings"][0].update(units="1")),
    ("clients[0].holdings[0].product", "no 'GOLD'", lambda s: s["clients"][0]["holdings"][0].update(product="GOLD")),
    (
        "clients[0].rebalancing[0].strategy",
        "Field required",
        lambda s: s["clients"][0].update(rebalancing=[{"name": "band"}]),
    ),
    (
        "clients[0].trigger_orders[0].trigger_type",
        "required",
        lambda s: s["clients"][0].update(trigger_orders=[{"name": "stop"}]),
    ),
    ("clients[0].auto_invest[0].amount", "greater than 0", lambda s: rule(s).update(amount="-5")),
    ("clients[0].auto_invest[0].colour", "is not a field", lambda s: rule(s).update(colour="red")),
    ("clients[0]", "two rules named 'plan'", lambda s: s["clients"][0]["auto_invest"].append(rule(s))),
    ("clients[0].auto_invest[0].client", "'C2'", lambda s: rule(s).update(client="C2")),
]
IN_THE_DATABASE: list[tuple[str, str, Callable[[Any], object]]] = [
    ("products[1].code", "has no NAV", lambda s: s["products"].append({"code": "HDFC_EQUTY"})),
    ("products[0].calendar", "no 'XBMO'", lambda s: s["products"][0].update(calendar="XBMO")),
    ("clients[0].auto_invest[0].product", "no product 'GOLD'", lambda s: rule(s).update(product="GOLD")),
    ("clients[0].auto_invest[0].end_date", "no occurrence", lambda s: rule(s).update(end_date="2008-01-04")),
    ("clients[0].holdings[0].amount", "buys no unit", lambda s: s["clients"][0]["holdings"][0].update(amount="0.01")),
    ("elsewhere.csv", "can't be read", lambda s: s.update(navs=["elsewhere.csv"])),
]


def rule(content: Any) -> Any:
    return content["clients"][0]["auto_invest"][0]


@pytest.mark.parametrize(
    ("field", "message", "change"), CHANGES, ids=[f"{field}: {text}" for field, text, _ in CHANGES]
)
def test_what_is_wrong_is_named(field: str, message: str, change: Callable[[Any], object]) -> None:
    with pytest.raises(InvalidInput) as refusal:
        scenarios.parse(changed(change))
    assert refusal.value.field == field
    assert message in refusal.value.message


@pytest.mark.parametrize(
    ("field", "message", "change"), IN_THE_DATABASE, ids=[f"{field}: {text}" for field, text, _ in IN_THE_DATABASE]
)
def test_what_turns_out_wrong_is_named_and_leaves_nothing(
    server: Server, simulated: Simulate, field: str, message: str, change: Callable[[Any], object]
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        simulated(changed(change))
    assert refusal.value.field.endswith(field)
    assert message in refusal.value.message
    assert scratch_databases(server) == []


def test_a_product_without_navs_for_a_year_is_refused_by_the_rule_that_needs_it(simulated: Simulate) -> None:
    long = scenario(Market(["HDFC_TOP200"], date(1995, 1, 1), date(1997, 12, 31)), client("C1"))
    long["clients"][0]["auto_invest"] = [sip(MARKET, product="HDFC_TOP200", start_date="1995-01-01")]
    with pytest.raises(
        InvalidInput, match=r"clients\[0\].auto_invest\[0\].start_date: .* from 1995-01-01 to 1996-09-12"
    ):
        simulated(long)


def test_a_rule_that_starts_with_its_products_navs_is_not(simulated: Simulate) -> None:
    long = scenario(Market(["HDFC_TOP200"], date(1995, 1, 1), date(1996, 12, 31)), client("C1"))
    long["clients"][0]["auto_invest"] = [sip(MARKET, product="HDFC_TOP200", start_date="1996-10-01")]
    assert [row.status for row in simulated(long).clients["C1"].executions] == ["Success"] * 3


def test_a_file_that_is_no_json_is_refused_by_its_line(tmp_path: Path) -> None:
    file = tmp_path / "broken.json"
    file.write_text('{"from": "2008-01-01",\n "to": }')
    with pytest.raises(InvalidInput, match=r"broken\.json line 2: is not JSON"):
        scenarios.read(file)


def test_a_key_that_is_written_twice_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "twice.json"
    file.write_text('{"from": "2008-01-01", "from": "2009-01-01"}')
    with pytest.raises(InvalidInput, match=r"from: is there twice in one object"):
        scenarios.read(file)


def test_the_scratch_database_is_gone_after_a_success(server: Server, simulated: Simulate) -> None:
    simulated(SOUND)
    assert scratch_databases(server) == []


def test_the_scratch_database_is_gone_after_ctrl_c(server: Server) -> None:
    def interrupted(day: date) -> None:
        assert len(scratch_databases(server)) == 1
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(scenarios.parse(SOUND), DATA, server.url(), seen=interrupted)
    assert scratch_databases(server) == []


def test_what_a_killed_simulation_left_goes_with_the_next_one(server: Server, simulated: Simulate) -> None:
    with administrator(server.url()) as connection:
        remade(connection, server.url(), "simulation_of_the_dead")
    simulated(SOUND)
    assert scratch_databases(server) == []


def scratch_databases(server: Server) -> list[str]:
    with connect(server.url()) as connection:
        rows = connection.execute("select datname from pg_database where datname like 'simulation%'")
        return [name for (name,) in rows]
