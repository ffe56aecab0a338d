"""The document of the API (OpenAPI 3.1): what every operation may answer, said once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from api import links
from api.problems import MEDIA_TYPE, Problem

_REFERENCE: Final = {"schema": {"$ref": "#/components/schemas/Problem"}}
_OPEN: Final = (HTTPStatus.BAD_REQUEST, HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.SERVICE_UNAVAILABLE)
_SECURED: Final = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_SCHEMA: Final = "#/components/schemas/{model}"
_BODIES: Final[dict[str, type[BaseModel]]] = {}
_KEY: Final = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"}
_REPEAT: Final = "The same request with the same key is done once, and answered the same each time."
_OF_FASTAPI: Final = ("HTTPValidationError", "ValidationError")


def problems(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """These statuses as the `responses` of a route."""
    return {int(each): {"description": each.phrase, "content": {MEDIA_TYPE: _REFERENCE}} for each in statuses}


def documented(app: FastAPI) -> None:
    """Let an application describe itself so."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _document(app: FastAPI) -> dict[str, Any]:
    made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    for path in made["paths"].values():
        for method, operation in path.items():
            _complete(operation)
            _name_versions(operation)
            if method == "post" and operation.get("security"):
                _may_be_repeated(operation)
    links.add(made["paths"])
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    for name in _OF_FASTAPI:
        schemas.pop(name, None)
    models: tuple[type[BaseModel], ...] = (Problem, *_BODIES.values())
    for model in models:
        schema = model.model_json_schema(ref_template=_SCHEMA)
        schemas.update(schema.pop("$defs", {}))
        schemas[model.__name__] = schema
    return made


def _complete(operation: dict[str, Any]) -> None:
    """What any operation may answer is added; FastAPI's own 422 is none of our answers."""
    answers = operation["responses"]
    if "HTTPValidationError" in str(answers.get("422")):
        del answers["422"]
    statuses = _OPEN + (_SECURED if operation.get("security") else ())
    for status, described in problems(*statuses).items():
        answers.setdefault(str(status), described)


def _name_versions(operation: dict[str, Any]) -> None:
    """A change without If-Match is refused with a status of its own, so it is no field that FastAPI may require."""
    for parameter in operation.get("parameters", []):
        if parameter["name"] == "if-match":
            parameter |= {"required": True, "schema": {"type": "string", "examples": ["*"]}}


def _may_be_repeated(operation: dict[str, Any]) -> None:
    """A POST takes an Idempotency-Key, and may be answered that the key is at work, or was another request's."""
    key = {"name": "Idempotency-Key", "in": "header", "required": False, "schema": _KEY, "description": _REPEAT}
    operation.setdefault("parameters", []).append(key)
    for status, described in REPEATED.items():
        operation["responses"].setdefault(str(status), described)


def rehearsed(model: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """What a route answers to a dry run, as its `responses`."""
    return {int(HTTPStatus.OK): {"description": "What would be done; nothing is.", "model": model}}


NOT_FOUND: Final = problems(HTTPStatus.NOT_FOUND)
CONFLICT: Final = problems(HTTPStatus.CONFLICT)
LIMITED: Final = problems(HTTPStatus.TOO_MANY_REQUESTS)
REPEATED: Final = problems(HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)
CHANGES: Final = NOT_FOUND | CONFLICT | problems(HTTPStatus.PRECONDITION_FAILED, HTTPStatus.PRECONDITION_REQUIRED)


def body_of(
    model: type[BaseModel],
    example: Mapping[str, Any] | None = None,
    *,
    partly: bool = False,
    fixed: Collection[str] = (),
    required: bool = True,
) -> dict[str, Any]:
    """The body of a route that reads it by itself.

    `partly` where each field may be left out and null resets it, but those that are `fixed` can't be changed.
    """
    _BODIES[model.__name__] = model
    schema: dict[str, Any] = {"$ref": _SCHEMA.format(model=model.__name__)}
    if partly:
        fields = model.model_json_schema(ref_template=_SCHEMA)["properties"]
        either = {name: {"anyOf": [_without_default(field), {"type": "null"}]} for name, field in fields.items()}
        for name in fixed:
            del either[name]
        schema = {"type": "object", "minProperties": 1, "additionalProperties": False, "properties": either}
    content = {"schema": schema} | ({} if example is None else {"example": dict(example)})
    return {"requestBody": {"required": required, "content": {"application/json": content}}}


def _without_default(field: Mapping[str, Any]) -> dict[str, Any]:
    """What is left out of a change stays as it is."""
    return {name: said for name, said in field.items() if name != "default"}
