"""How many business days a simulation plays in a second."""

from __future__ import annotations

from datetime import date

from infra.local.simulation.scenario import parse
from infra.local.simulation.simulate import simulate
from tests.benchmarks.filling import ROOT
from tests.benchmarks.measuring import figure
from tests.benchmarks.plan import Plan
from tests.benchmarks.report import Row

DATA = ROOT / "infra" / "local" / "data"
EQUITY, DEBT = "RELIANCE_GROWTH", "LT_TRIPLE_ACE_BOND"


def simulation(server_url: str, plan: Plan) -> list[Row]:
    """One client with three rules of different rhythms, over the last years of the bundled NAVs."""
    years = min(plan.rounds, 10)
    outcomes = [simulate(parse(_scenario(years)), DATA, server_url) for _ in range(3)]
    rates = figure([outcome.days / outcome.seconds for outcome in outcomes])
    return [Row(f"simulated business days, {years} years, one client, three rules", rates, 200, "a second")]


def _scenario(years: int) -> dict[str, object]:
    terms = {"min_purchase": "500", "purchase_multiple": "1", "calendar": "navs"}
    start = date(2016 - years, 2, 22)
    rules = [
        {"name": "monthly", "product": EQUITY, "amount": "10000", "frequency": "Monthly", "day_of_month": 5},
        {"name": "weekly", "product": EQUITY, "amount": "1000", "frequency": "Weekly", "day_of_week": 3},
        {"name": "quarterly", "product": DEBT, "amount": "15000", "frequency": "Quarterly", "day_of_month": 20},
    ]
    return {
        "from": str(start),
        "to": "2016-02-22",
        "fill": "observed",
        "navs": ["navs_demo_1995_2016.csv.gz"],
        "products": [{"code": code, **terms} for code in (EQUITY, DEBT)],
        "clients": [
            {
                "code": "ASHA",
                "cash": "50000000",
                "auto_invest": [rule | {"start_date": str(start)} for rule in rules],
            }
        ],
    }
