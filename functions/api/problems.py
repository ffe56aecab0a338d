"""Errors as answers: application/problem+json (RFC 9457) with a code, the field, and the next step."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from automation import errors
from automation.engine.rebalancing_confirm import NewPlan
from automation.errors import AutomationError, InvalidInput

MEDIA_TYPE: Final = "application/problem+json"
_STATUS: Final[Mapping[type[AutomationError], HTTPStatus]] = {
    errors.InvalidInput: HTTPStatus.BAD_REQUEST,
    errors.DataRefused: HTTPStatus.BAD_REQUEST,
    errors.Unauthenticated: HTTPStatus.UNAUTHORIZED,
    errors.Forbidden: HTTPStatus.FORBIDDEN,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.Changed: HTTPStatus.PRECONDITION_FAILED,
    errors.PreconditionRequired: HTTPStatus.PRECONDITION_REQUIRED,
    errors.InFlight: HTTPStatus.CONFLICT,
    errors.KeyReused: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.TooManyRequests: HTTPStatus.TOO_MANY_REQUESTS,
    errors.DatabaseUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.FeedUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.IdentityUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}
_HEADERS: Final[Mapping[HTTPStatus, Mapping[str, str]]] = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": "Bearer"},
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": "5"},
}
_PART: Final = re.compile(r"[^.\[\]]+")


class Fault(BaseModel):
    """One field that is wrong: `pointer` leads to it in the body (RFC 6901), `parameter` names one of the address."""

    pointer: str | None = None
    parameter: str | None = None
    detail: str


class Problem(BaseModel):
    """What went wrong, for programs (`code`, `errors`) and for people (`detail`, and the next step)."""

    model_config = ConfigDict(title="Problem")

    type: str = Field(examples=["urn:automation:problem:not_found"])
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str
    code: str = Field(examples=["not_found"])
    next_step: str
    request_id: str
    errors: list[Fault]
    plan: dict[str, Any] | None = Field(None, description="With new_plan alone: the plan as it is now.")


def register(app: FastAPI) -> None:
    """Let an application answer every error so."""
    app.add_exception_handler(AutomationError, of_ours)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(HTTPException, _of_routing)


def status_of(error: AutomationError) -> HTTPStatus:
    """The status that an error of ours answers with; what is nobody's fault but ours is a 500."""
    kinds = (kind for kind in type(error).__mro__ if kind in _STATUS)
    return _STATUS.get(next(kinds, AutomationError), HTTPStatus.INTERNAL_SERVER_ERROR)


def of_ours(request: Request, error: Exception) -> JSONResponse:
    """The answer to an error of ours; what is nobody's fault but ours is raised on."""
    assert isinstance(error, AutomationError)  # noqa: S101 - registered for no other
    status = status_of(error)
    if status is HTTPStatus.INTERNAL_SERVER_ERROR:
        raise error
    faults = [_fault_of(error, request)] if isinstance(error, InvalidInput) else []
    plan = error.plan if isinstance(error, NewPlan) else None
    headers = {"Retry-After": str(error.after)} if isinstance(error, errors.TooManyRequests) else None
    return answer(request.scope, status, error.code, error.message, error.hint, faults, headers, plan)


def _fault_of(error: InvalidInput, request: Request) -> Fault:
    """Where the field is: a parameter of the address of that name, or in the body."""
    if error.field in request.query_params:
        return Fault(parameter=error.field, detail=error.message)
    return Fault(pointer=pointer_to(error.field), detail=error.message)


def _of_validation(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for no other
    faults = [_fault(each["loc"], each["msg"].removeprefix("Value error, ")) for each in error.errors()]
    detail = "; ".join(f"{fault.parameter or fault.pointer}: {fault.detail}" for fault in faults)
    return answer(
        request.scope, HTTPStatus.BAD_REQUEST, InvalidInput.code, detail, "correct it and send it again", faults
    )


def _fault(place: Sequence[str | int], detail: str) -> Fault:
    where, *path = place
    if where == "body":
        return Fault(pointer="#" + "".join(f"/{part}" for part in path), detail=detail)
    return Fault(parameter=".".join(map(str, path)) or str(where), detail=detail)


def _of_routing(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for no other
    status = HTTPStatus(error.status_code)
    code = status.phrase.lower().replace(" ", "_")
    detail = f"{request.method} {request.url.path}: {status.phrase.lower()}"
    headers = _allowed(request) if status is HTTPStatus.METHOD_NOT_ALLOWED else None
    return answer(request.scope, status, code, detail, "see /docs for the routes", headers=headers or error.headers)


def _allowed(request: Request) -> dict[str, str]:
    """All methods of a path (RFC 9110, 15.5.6), not only those of the route that was found first."""
    methods = request.app.state.methods.get(getattr(request.scope.get("route"), "path", ""))
    return {"Allow": ", ".join(sorted(methods))} if methods else {}


def internal(scope: Mapping[str, Any]) -> JSONResponse:
    """The answer to an error of our own, of which nothing is told but where to find it."""
    return answer(
        scope,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "internal_error",
        "an error of our own",
        "try again; if it stays, report the request_id",
    )


def answer(
    scope: Mapping[str, Any],
    status: HTTPStatus,
    code: str,
    detail: str,
    next_step: str,
    faults: Sequence[Fault] = (),
    headers: Mapping[str, str] | None = None,
    plan: Mapping[str, Any] | None = None,
) -> JSONResponse:
    """A problem as a response to the request of this scope."""
    problem = Problem(
        type=f"urn:automation:problem:{code}",
        title=status.phrase,
        status=status,
        detail=detail,
        code=code,
        next_step=next_step,
        request_id=scope["state"]["request_id"],
        errors=list(faults),
        plan=None,
    )
    body = problem.model_dump(mode="json", exclude={"plan"}) | {
        "errors": [fault.model_dump(exclude_none=True) for fault in faults]
    }
    if plan is not None:
        body["plan"] = dict(plan)
    return JSONResponse(body, status, {**_HEADERS.get(status, {}), **(headers or {})}, MEDIA_TYPE)


def pointer_to(field: str) -> str:
    """`#/allocations/1/percent` of `allocations[1].percent`; `#` for the whole body."""
    return "#" if field == "body" else "#" + "".join(f"/{part}" for part in _PART.findall(field))
