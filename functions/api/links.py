"""Links of the API's document: what is made or listed leads on to the routes that take its id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_PAGE: Final = "#/components/schemas/Page_"


def add(paths: Mapping[str, Mapping[str, dict[str, Any]]]) -> None:
    """Let each collection's answers name what can be done with the things in them."""
    for path, operations in paths.items():
        below = [each for other in paths if other.startswith(path + "/{id}") for each in paths[other].values()]
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                place = _id_in(status, answer)
                if below and place:
                    answer["links"] = {each["operationId"]: _link(each["operationId"], place) for each in below}


def _id_in(status: str, answer: Mapping[str, Any]) -> str | None:
    """Where in an answer the id is: in what was made, or in the first thing of a list."""
    schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
    if status == "201":
        return "$response.body#/id"
    return "$response.body#/items/0/id" if schema.get("$ref", "").startswith(_PAGE) else None


def _link(operation: str, place: str) -> dict[str, Any]:
    return {"operationId": operation, "parameters": {"id": place}}
