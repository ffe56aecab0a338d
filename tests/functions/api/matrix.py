"""The isolation matrix: every way in which a request can name what is somebody's, made from the API's own document.

A route that is new is in it by itself. Where it names things by words that are not known here, or wants a body, the
tests say so: NAMES, BODIES and tests/estates.py are what there is to add to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from tests.estates import REBALANCING, RULE, TRIGGER, Estate

BASE: Final = "/api/automation/"
RULES: Final = ("auto-invest", "trigger-orders", "rebalancing")

# Words by which a parameter or a field names what is a client's, and those that name nothing of anybody.
NAMES: Final[Mapping[str, Callable[[Estate], list[str]]]] = {
    "client": lambda estate: [estate.client],
    "client_id": lambda estate: [estate.client],
    "user": lambda estate: [estate.user],
    "manager": lambda estate: [estate.manager],
    "by": lambda estate: [f"client:{estate.user}"],
    "object_id": lambda estate: [estate.ids[kind] for kind in RULES],
    "up_to": lambda estate: [estate.ids["notifications"]],
    "goal": lambda estate: [estate.goal],
    "rule_id": lambda estate: [estate.ids[kind] for kind in RULES],
    # Of a switch: what it is for.
    "id": lambda estate: [estate.client],
}
HARMLESS: Final = frozenset(
    {"status", "limit", "dry_run", "job", "if-match", "Idempotency-Key", "action", "day", "event", "channel", "since"}
    | {"until", "unread", "asset_class", "amc", "q", "locale"}
)
_REFERENCE: Final = re.compile(r"(.*_)?ids?|client|goal|rule|order|user|manager|execution|holding|preference")

OWN: Final = {"client": "C1"}
# What an operation is sent where it wants a body; nothing of it is wrong.
BODIES: Final[Mapping[str, Any]] = {
    "create_auto_invest": RULE | OWN,
    "create_trigger_order": TRIGGER | OWN,
    "create_rebalancing": REBALANCING | OWN,
    "edit_auto_invest": {"amount": "5"},
    "edit_trigger_order": {"trigger_value": "7"},
    "edit_rebalancing": {"target_allocation": {"equity": "50", "debt": "50"}},
    "skip_auto_invest": {"from": "2026-02-01", "to": "2026-02-28"},
    "unskip_auto_invest": {"from": "2026-02-01", "to": "2026-02-28"},
    "cancel_auto_invest": {"reason": "moved"},
    "cancel_trigger_order": {"reason": "moved"},
    "cancel_rebalancing": {"reason": "moved"},
    "cancel_rebalancing_execution": {"reason": "moved"},
    "execute": {"type": "auto-invest"},
    "create_notification_preference": {"client": "C1", "event": "Auto-Invest Executed", "channels": ["Email"]},
    "edit_notification_preference": {"min_amount": "5"},
    "edit_notification_settings": {"digest": "weekly"},
    "read_all_notifications": {"client": "C1"},
    "create_client": {"id": "C9", "name": "Nina"},
    "edit_client": {"name": "other"},
    "create_goal": {"client": "C1", "name": "house", "target_amount": "10000"},
    "edit_goal": {"target_amount": "20000"},
    "create_product": {"id": "GOLD", "name": "Gold", "amc": "House", "asset_class": "gold"},
    "edit_product": {"min_purchase": "7"},
    "close_product": {"reason": "wound up"},
    "merge_product": {"into": "BOND"},
    "stop": {"scope": "client", "id": "C1", "reason": "drill"},
    "go": {"scope": "client", "id": "C1"},
}
_PROGRESS: Final[dict[str, Any]] = {
    "trigger_type": "Goal Progress",
    "trigger_condition": "Greater Than",
    "trigger_value": "50",
}
_TREE: Final = {"trigger_type": "Custom", "trigger_condition": None, "trigger_value": None}


def _drift(estate: Estate) -> Mapping[str, Any]:
    config = {"percent": "5", "rebalancing_rule": estate.ids["rebalancing"]}
    return {"trigger_type": "Portfolio Drift", "trigger_config": config}


# Bodies in which a reference is not refused for another reason, and references that lie deeper than the first level.
NESTED: Final[Mapping[str, list[tuple[str, Callable[[Estate], Mapping[str, Any]]]]]] = {
    "create_trigger_order": [
        ("goal", lambda estate: _PROGRESS | {"goal": estate.goal}),
        (
            "condition_tree/all/0/goal",
            lambda estate: _TREE | {"condition_tree": {"all": [_PROGRESS | {"goal": estate.goal}]}},
        ),
    ],
    "create_auto_invest": [("trigger_config/rebalancing_rule", _drift)],
    "edit_auto_invest": [("trigger_config/rebalancing_rule", _drift)],
}


class Operation(NamedTuple):
    """One method of one path, with the names of its query parameters and of the fields of its body."""

    name: str
    method: str
    path: str
    parameters: frozenset[str]
    fields: frozenset[str]
    wants_body: bool

    @property
    def resource(self) -> str:
        return self.path.removeprefix(BASE).split("/")[0]

    @property
    def body(self) -> Any:
        """What it is sent; KeyError where it wants a body that BODIES does not have."""
        return BODIES[self.name] if self.wants_body else BODIES.get(self.name)

    def at(self, estate: Estate) -> str:
        """Its path, to a thing of an estate."""
        found = self.path.replace("{id}", estate.ids.get(self.resource, ""))
        for name, named in NAMES.items():
            found = found.replace(f"{{{name}}}", named(estate)[0])
        assert "{" not in found, f"say in matrix.py what {found} names"
        return found


class Request(NamedTuple):
    """What is sent, and the values in it that name something."""

    path: str
    body: Any
    headers: dict[str, str]
    sent: tuple[str, ...]


class Case(NamedTuple):
    """One way to name something of an estate: by `place` of an operation. `of(estate)` is the request."""

    operation: Operation
    place: str
    of: Callable[[Estate], Request]

    @property
    def label(self) -> str:
        return f"{self.operation.method} {self.operation.path} by {self.place}"


def operations(app: FastAPI) -> list[Operation]:
    """Every operation but those on health; each route of the application is one of them."""
    document = app.openapi()
    found = [
        _operation(document, path, method.upper(), described)
        for path, methods in document["paths"].items()
        for method, described in methods.items()
    ]
    assert {(each.method, each.path) for each in found} == set(_routes(app.routes)), "a route is not in the document"
    return [each for each in found if not each.path.startswith("/health/")]


def _routes(routes: Iterable[BaseRoute]) -> Iterator[tuple[str, str]]:
    """(method, path) of what an application serves, within the routers that it includes as well."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield from ((method, route.path) for method in route.methods or ())
        yield from _routes(getattr(getattr(route, "original_router", None), "routes", ()))


def _operation(document: Mapping[str, Any], path: str, method: str, described: Mapping[str, Any]) -> Operation:
    named = frozenset(each["name"] for each in described.get("parameters", ()) if each["in"] != "path")
    body = described.get("requestBody", {})
    schema = body.get("content", {}).get("application/json", {}).get("schema", {})
    return Operation(
        described["operationId"], method, path, named, _fields(document, schema), bool(body.get("required"))
    )


def _fields(document: Mapping[str, Any], schema: Mapping[str, Any]) -> frozenset[str]:
    """The fields of a body, also of one that says only whose fields it takes."""
    text = f"{schema.get('$ref', '')} {schema.get('description', '')} {schema.get('anyOf', '')}"
    models = re.findall(r"schemas/(\w+)|Fields of (\w+)", text)
    schemas = document["components"]["schemas"]
    return frozenset(name for model in models for name in schemas[model[0] or model[1]].get("properties", ()))


def cases(operation: Operation, own: Estate) -> Iterator[Case]:
    """Every way in which an operation can name something; what else it needs is the caller's own."""
    if "{" in operation.path:
        for tag in ('"1"', "*") if "if-match" in operation.parameters else (None,):
            yield _by_path(operation, tag)
    for name in sorted(operation.parameters - HARMLESS):
        yield from _by_parameter(operation, name, own)
    for field in sorted(each for each in operation.fields if _REFERENCE.fullmatch(each)):
        if not any(place == field for place, _ in NESTED.get(operation.name, ())):
            yield from _by_field(operation, field, own)
    for place, changes in NESTED.get(operation.name, ()):
        yield _by_body(operation, place, own, changes)


def _by_path(operation: Operation, tag: str | None) -> Case:
    headers = {} if tag is None else {"if_match": tag}

    def of(estate: Estate) -> Request:
        path = operation.at(estate)
        return Request(path, operation.body, headers, (estate.ids.get(operation.resource, ""), estate.client))

    return Case(operation, f"path {tag or ''}", of)


def _by_parameter(operation: Operation, name: str, own: Estate) -> Iterator[Case]:
    def of(number: int, estate: Estate) -> Request:
        value = _values(operation, name, estate)[number]
        return Request(f"{operation.at(own)}?{urlencode({name: value})}", operation.body, {}, (value,))

    for number in range(len(_values(operation, name, own))):
        yield Case(operation, f"?{name}", lambda estate, number=number: of(number, estate))  # type: ignore[misc]


def _values(operation: Operation, name: str, estate: Estate) -> list[str]:
    """What a parameter may be; a cursor is the id of what its list shows."""
    if name != "cursor":
        return NAMES[name](estate)
    shown = "execution-logs" if operation.path.endswith("/history") else operation.resource
    return [estate.ids[shown]]


def _by_field(operation: Operation, field: str, own: Estate) -> Iterator[Case]:
    for number in range(len(NAMES[field](own))):
        yield _by_body(operation, field, own, lambda estate, n=number: {field: NAMES[field](estate)[n]})  # type: ignore[misc]


def _by_body(operation: Operation, place: str, own: Estate, changes: Callable[[Estate], Mapping[str, Any]]) -> Case:
    def of(estate: Estate) -> Request:
        body = operation.body | changes(estate)
        sent = (estate.client, estate.goal, estate.user, estate.manager, *estate.ids.values())
        headers = {"if_match": "*"} if "if-match" in operation.parameters else {}
        return Request(operation.at(own), body, headers, sent)

    return Case(operation, f"#/{place}", of)
