"""Two clients, every route, every role, behind both walls and behind each alone.

What is somebody else's answers as what does not exist, and stays as it is. The first wall is the application's own
checks, the second the database's policies: each must hold where the other has fallen.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any, Final

import pytest
from psycopg import sql

from api.app import create
from api.services import Access, Services
from automation import identifiers
from automation.database import Connection
from automation.identity.permissions import EVERYONE
from automation.migrations.verify import POLICY, read_manifest
from tests.builders import add
from tests.conftest import MIGRATIONS
from tests.estates import WHEN, Estate, add_estate, add_market
from tests.functions.api.conftest import Answer, Api, As
from tests.functions.api.matrix import BASE, Case, Operation, Request, cases, operations

WALLS: Final = ("both", "policies", "checks")
# Who has a role that reaches only some clients: the first estate's.
LIMITED: Final = [("asha", "client"), ("ravi", "rm")]
STAFF: Final = [("sue", "supervisor"), ("olga", "operations"), ("ada", "admin")]
OF_STAFF: Final = ("scheduler", "controls", "audit")
# What everybody sees, and what only some of those who work for all may change.
OF_ALL: Final = ("products",)
WRITTEN_BY_STAFF: Final = ("clients",)
# What has no id but its client's.
BY_CLIENT: Final = ("holdings", "notification-settings")
SECURED: Final = read_manifest(MIGRATIONS).secured
_OF_ONE_REQUEST: Final = frozenset({"date", "x-request-id"})


@pytest.fixture
def estates(connection: Connection, services: Services) -> tuple[Estate, Estate]:
    """The first is of asha and ravi, the second, no name of which is part of an id, of bela and sita."""
    add_market(connection)
    run = identifiers.derived(WHEN, "run")
    add(connection, "automation_runs", id=run, job="orders", started_by="schedule", started_at=WHEN)
    with services.opened() as runtime:
        made = [
            add_estate(connection, runtime, "C1", "asha", "ravi"),
            add_estate(connection, runtime, "second", "bela", "sita"),
        ]
    for each in made:
        each.ids.update({"scheduler": identifiers.show(identifiers.RUN, run), "audit": "987654321"})
    return made[0], made[1]


@pytest.fixture
def fall(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Lets a wall fall: whatever the application asks for is then asked for everyone, or no policy is left."""

    def fall(wall: str) -> None:
        if wall == "checks":
            monkeypatch.setattr("api.services.Access", lambda runtime, caller, scope: Access(runtime, caller, EVERYONE))
            return
        for table in SECURED:
            connection.execute(sql.SQL(f"drop policy {POLICY} on {{}}").format(sql.Identifier(table)))

    return fall


@pytest.fixture(params=WALLS)
def walls(request: pytest.FixtureRequest, fall: Callable[[str], None], estates: tuple[Estate, Estate]) -> str:
    """Which walls stand."""
    if request.param != "both":
        fall("checks" if request.param == "policies" else "policies")
    return str(request.param)


def every_case(services: Services, own: Estate) -> list[Case]:
    found = [each for each in operations(create(services)) if each.resource not in OF_ALL]
    return [case for operation in found for case in cases(operation, own)]


def send(api: Api, case: Case, request: Request) -> Answer:
    return api(case.operation.method, request.path, request.body, **request.headers)


def told(answer: Answer, sent: tuple[str, ...]) -> Any:
    """An answer without what differs from request to request, and without the values that were sent."""
    text = json.dumps(answer.body)
    for number, value in sorted(enumerate(sent), key=lambda each: len(each[1]), reverse=True):
        text = text.replace(value, f"<{number}>") if value else text
    body = json.loads(text)
    if isinstance(body, dict):
        body.pop("request_id", None)
    headers = {name.lower(): value for name, value in answer.headers.items() if name.lower() not in _OF_ONE_REQUEST}
    return answer.status, body, headers


def state(connection: Connection) -> Any:
    """All that anybody has, as it is stored."""
    each = sql.SQL("select {}, (select md5(string_agg(t::text, '' order by t::text)) from {} t)")
    tables = [each.format(sql.Literal(table), sql.Identifier(table)) for table in SECURED]
    return dict(connection.execute(sql.SQL(" union all ").join(tables)).fetchall())


def expected(case: Case) -> tuple[int, ...]:
    """What naming something of another may answer."""
    operation = case.operation
    if operation.resource in OF_STAFF or (operation.resource in WRITTEN_BY_STAFF and operation.method != "GET"):
        return (403,)
    if case.place.startswith("path"):
        return (403, 404)
    return (200, 404) if case.place.startswith("?") else (400,)


@pytest.mark.usefixtures("walls")
def test_what_is_anothers_answers_as_what_does_not_exist(
    acting: As, services: Services, estates: tuple[Estate, Estate], connection: Connection
) -> None:
    (own, foreign), before = estates, state(connection)
    asked = every_case(services, own)
    for (user, role), case in itertools.product(LIMITED, asked):
        api, sent, absent = acting(user, role), case.of(foreign), case.of(foreign.absent)
        answer, nothing = send(api, case, sent), send(api, case, absent)
        assert told(answer, sent.sent) == told(nothing, absent.sent), (user, case.label)
        assert answer.status in expected(case), (user, case.label, answer)
        assert_shows_nothing(answer, foreign, sent, case)
        if case.operation.method != "GET":
            assert state(connection) == before, (user, case.label)
    assert len(asked) > 60
    assert state(connection) == before


def assert_shows_nothing(answer: Answer, foreign: Estate, sent: Request, case: Case) -> None:
    """Nothing that people wrote in the other's rows, no id of them that was not sent; and a refusal for its place."""
    text = json.dumps(answer.body) + json.dumps(dict(answer.headers))
    hidden = [foreign.mark, foreign.goal, *(shown for kind, shown in foreign.ids.items() if kind not in OF_ALL)]
    shown = [
        each for each in hidden if each in text and each not in sent.sent and case.operation.resource != "scheduler"
    ]
    assert shown == [], (case.label, answer)
    if answer.status == 400:
        assert [fault["pointer"] for fault in answer.body["errors"]] == [case.place], (case.label, answer)


@pytest.mark.usefixtures("walls")
def test_lists_and_reads_show_ones_own_and_nothing_else(
    acting: As, services: Services, estates: tuple[Estate, Estate]
) -> None:
    own, foreign = estates
    for (user, role), operation in itertools.product(LIMITED, reads(services)):
        if operation.resource in OF_STAFF:
            continue
        answer = acting(user, role)("GET", operation.at(own))
        assert answer.status == 200, (user, operation, answer)
        assert foreign.mark not in json.dumps(answer.body), (user, operation, answer)
        if "items" in answer.body and "{" not in operation.path:
            assert listed(operation, answer) == {shown(operation, own)}, (user, operation)


def reads(services: Services) -> list[Operation]:
    return [each for each in operations(create(services)) if each.method == "GET" and each.resource not in OF_ALL]


def listed(operation: Operation, answer: Answer) -> set[str]:
    """What a list shows, by ids; where it has none, whose it is."""
    return {each["client" if operation.resource in BY_CLIENT else "id"] for each in answer.body["items"]}


def shown(operation: Operation, estate: Estate) -> str:
    return estate.client if operation.resource in BY_CLIENT else estate.ids[operation.resource]


def test_who_works_for_all_sees_everybodys(acting: As, services: Services, estates: tuple[Estate, Estate]) -> None:
    for (user, role), operation in itertools.product(STAFF, reads(services)):
        answers = [acting(user, role)("GET", operation.at(estate)) for estate in estates]
        assert {answer.status for answer in answers} == {200}, (user, operation, answers)
        if "items" in answers[0].body and "{" not in operation.path and operation.resource not in OF_STAFF:
            assert listed(operation, answers[0]) == {shown(operation, each) for each in estates}, (user, operation)


@pytest.mark.parametrize(("user", "role"), [*LIMITED, *STAFF])
def test_a_role_reaches_what_it_may_through_both_walls(
    user: str, role: str, acting: As, services: Services, estates: tuple[Estate, Estate]
) -> None:
    """Every route on the first estate: nothing is missing, and no right that the database's role would need."""
    api, allowed = acting(user, role), 0
    # What ends a thing comes last.
    for operation in sorted(operations(create(services)), key=lambda each: each.name.startswith(("cancel", "delete"))):
        answer = api(operation.method, operation.at(estates[0]), operation.body, if_match="*")
        assert answer.status in (200, 201, 202, 204, 403, 409), (operation, answer)
        allowed += answer.status < 400
    assert allowed > 20


def test_without_a_role_nothing_is_seen(acting: As, services: Services, estates: tuple[Estate, Estate]) -> None:
    api = acting("bela", "guest")
    for operation in operations(create(services)):
        answer = api(operation.method, operation.at(estates[1]), operation.body, if_match="*")
        assert answer.status == 403, (operation, answer)


def test_without_either_wall_everything_would_be_seen(
    acting: As, services: Services, estates: tuple[Estate, Estate], fall: Callable[[str], None]
) -> None:
    """The matrix above would not be blind."""
    fall("checks")
    fall("policies")
    api, foreign = acting("asha", "client"), estates[1]
    answers = {each: api("GET", each.at(foreign)) for each in reads(services) if each.resource not in OF_STAFF}
    assert {answer.status for answer in answers.values()} == {200}
    unseen = [each for each, answer in answers.items() if shown(each, foreign) not in json.dumps(answer.body)]
    nameless = ("/why", "/history", "/unread-count", "/summary", "/preview")
    assert [each.name for each in unseen if not each.path.endswith(nameless)] == []


@pytest.mark.usefixtures("walls")
def test_the_key_of_anothers_request_is_no_key_to_its_answer(
    acting: As, estates: tuple[Estate, Estate], connection: Connection
) -> None:
    path, body = f"{BASE}auto-invest/{estates[0].ids['auto-invest']}/pause", {"reason": "abroad"}
    before = connection.execute("select * from automation_requests where caller = 'bela'").fetchall()
    answer = acting("ravi", "rm")("POST", path, body, idempotency_key="known")
    assert (answer.status, answer.headers.get("idempotency-replayed")) == (200, None)
    assert connection.execute("select * from automation_requests where caller = 'bela'").fetchall() == before
