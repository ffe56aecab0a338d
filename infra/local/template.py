"""template.yaml as the local runtime needs it: the functions with their handlers, limits and schedules."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from automation.errors import ConfigurationError, InvalidInput

ROOT: Final = Path(__file__).resolve().parents[2]
PATH: Final = ROOT / "template.yaml"
_STACK: Final = "local"

Node = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short tags: `!Ref x` is {"Ref": "x"}, `!Sub x` is {"Fn::Sub": "x"}."""


def _tagged(loader: _Loader, suffix: str, node: yaml.Node) -> Node:
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    if isinstance(node, yaml.MappingNode):
        return {name: loader.construct_mapping(node, deep=True)}
    return {name: node.value}


yaml.add_multi_constructor("!", _tagged, _Loader)


@dataclass(frozen=True, slots=True)
class Tick:
    """One ScheduleV2 event: its expression, the zone that a cron expression is meant in, and what it sends."""

    name: str
    expression: str
    zone: str
    input: str


@dataclass(frozen=True, slots=True)
class Function:
    """One function: `folder` below functions/ is also the name of its job; `timeout` in seconds, memory in MB."""

    logical_id: str
    name: str
    folder: str
    handler: str
    timeout: int
    memory: int
    ticks: tuple[Tick, ...]


def read(path: Path = PATH) -> Node:
    """The whole template, its short tags as the long ones; ConfigurationError where it can't be read."""
    try:
        return dict(yaml.load(path.read_text(encoding="utf-8"), _Loader))  # noqa: S506 - a SafeLoader
    except OSError as error:
        raise ConfigurationError(
            f"{path} can't be read: {error.strerror}", hint="run from a checkout of the project, installed editable"
        ) from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path} is no YAML: {error}", hint="correct it: make template") from error


@cache
def functions() -> dict[str, Function]:
    """The project's functions by folder, in the template's order."""
    template = read()
    shared = template["Globals"]["Function"]
    found = [
        _function(name, shared | resource["Properties"])
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    ]
    return {function.folder: function for function in found}


@cache
def function(name: str) -> Function:
    """The function with a folder (`auto_invest` or `auto-invest`) or a logical id (`AutoInvestFunction`)."""
    for folder, found in functions().items():
        if name in (found.logical_id, folder, folder.replace("_", "-")):
            return found
    raise InvalidInput("FUNCTION", f"there is no function {name!r}", hint=f"name one of: {', '.join(functions())}")


def _function(logical_id: str, properties: Node) -> Function:
    return Function(
        logical_id,
        _plain(properties["FunctionName"]),
        properties["Handler"].partition(".")[0],
        properties["Handler"],
        properties["Timeout"],
        properties["MemorySize"],
        tuple(
            _tick(event["Properties"])
            for event in properties.get("Events", {}).values()
            if event["Type"] == "ScheduleV2"
        ),
    )


def _tick(event: Node) -> Tick:
    return Tick(
        _plain(event["Name"]),
        event["ScheduleExpression"],
        event.get("ScheduleExpressionTimezone", "UTC"),
        event.get("Input", "{}"),
    )


def _plain(text: str | Node) -> str:
    """A text, with the local stack's name where the template puts that of the stack."""
    return str(text["Fn::Sub"] if isinstance(text, dict) else text).replace("${AWS::StackName}", _STACK)
