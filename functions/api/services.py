"""What a route is given: a runtime for this request, and the caller with the objects that it may reach."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Annotated, Final, Self

from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from starlette.concurrency import run_in_threadpool

from automation import observability, runtime
from automation.adapters import documents
from automation.engine.status import plans
from automation.errors import Unauthenticated
from automation.identity.keys import Keys
from automation.identity.permissions import NOBODY, Caller, Permission, Scope, scope_for
from automation.identity.personas import persona
from automation.identity.token import verify
from automation.identity.verified import VerifiedTokens
from automation.observability import Answered
from automation.runtime import Runtime
from automation.settings import Settings, Trust
from automation.status.facts import Plan

# For the documents alone: it is the engine that reads the header.
_BEARER: Final = HTTPBearer(bearerFormat="JWT", auto_error=False, description="An access token of the issuer.")


@dataclass(frozen=True)
class Services:
    """The parts of an application that a deployment and a laptop have of different kinds.

    `opened` gives a runtime for one request, `plans` says when each job is to run, seen from an instant. `measure` is
    told how each request ended: deployed, for CloudWatch.
    """

    opened: Callable[[], AbstractContextManager[Runtime]]
    plans: Callable[[datetime], Sequence[Plan]]
    trust: Trust
    keys: Keys
    tokens: VerifiedTokens = field(default_factory=VerifiedTokens)
    measure: Callable[[Answered], None] = lambda answered: None

    @classmethod
    def from_environment(cls) -> Self:
        """As a deployed function has them."""
        settings = Settings.from_environment()
        keys = Keys(settings.trust.issuer, documents.fetched)
        planned = partial(plans, settings)
        return cls(runtime.opened, planned, settings.trust, keys, measure=observability.request_measured)

    @contextmanager
    def within(self, scope: Scope = NOBODY) -> Iterator[Runtime]:
        """A runtime whose database shows, and takes, what is within a scope: nobody's things unless one is given."""
        with self.opened() as opened, opened.database.acting(persona(scope)):
            yield opened


@dataclass(frozen=True)
class Access:
    """A caller who may do what the route does, to the objects in `scope`, and the runtime to do it with."""

    runtime: Runtime
    caller: Caller
    scope: Scope


def services_of(request: Request) -> Services:
    """The application's own services."""
    services: Services = request.app.state.services
    return services


def caller_of_request(request: Request, services: Services) -> Caller:
    """Who a request's one token speaks for."""
    sent = _authorization(request)
    verified = verify(sent, services.trust, services.keys)
    services.tokens.keep(sent or "", verified)
    return verified.caller


def _authorization(request: Request) -> str | None:
    sent = request.headers.getlist("authorization")
    if len(sent) > 1:
        raise Unauthenticated("there is more than one Authorization header", hint="send one")
    return sent[0] if sent else None


def permitted(permission: Permission) -> Callable[[Request, object], AsyncIterator[Access]]:
    """A dependency: whoever calls is known and may do this; else 401 or 403, and no database is asked.

    The scope is kept twice: by whoever reads with it, and by the database's own policies.

    A thread is taken only where a token has to be verified, for which the issuer may have to be asked; a runtime
    connects when it is first used, in the route's own thread.
    """

    async def access(request: Request, _: Annotated[object, Depends(_BEARER)]) -> AsyncIterator[Access]:
        services = services_of(request)
        caller = services.tokens.find(_authorization(request) or "")
        if caller is None:
            caller = await run_in_threadpool(caller_of_request, request, services)
        request.state.roles = "+".join(sorted(caller.roles)) or "none"
        with services.within() as runtime:
            allowed = runtime.settings.confirmed_by if permission is Permission.CONFIRM else None
            scope = scope_for(caller, permission, allowed)
            with runtime.database.acting(persona(scope)):
                yield Access(runtime, caller, scope)

    return access


ReadsRules = Annotated[Access, Depends(permitted(Permission.READ_RULES))]
WritesRules = Annotated[Access, Depends(permitted(Permission.WRITE_RULES))]
Confirms = Annotated[Access, Depends(permitted(Permission.CONFIRM))]
Executes = Annotated[Access, Depends(permitted(Permission.EXECUTE))]
ReadsControls = Annotated[Access, Depends(permitted(Permission.READ_CONTROLS))]
WritesControls = Annotated[Access, Depends(permitted(Permission.WRITE_CONTROLS))]
ReadsAudit = Annotated[Access, Depends(permitted(Permission.READ_AUDIT))]
ReadsScheduler = Annotated[Access, Depends(permitted(Permission.READ_SCHEDULER))]
ReadsNotifications = Annotated[Access, Depends(permitted(Permission.READ_NOTIFICATIONS))]
MarksNotifications = Annotated[Access, Depends(permitted(Permission.MARK_NOTIFICATIONS))]
WritesPreferences = Annotated[Access, Depends(permitted(Permission.WRITE_PREFERENCES))]
ReadsClients = Annotated[Access, Depends(permitted(Permission.READ_CLIENTS))]
WritesClients = Annotated[Access, Depends(permitted(Permission.WRITE_CLIENTS))]
WritesGoals = Annotated[Access, Depends(permitted(Permission.WRITE_GOALS))]
ReadsProducts = Annotated[Access, Depends(permitted(Permission.READ_PRODUCTS))]
WritesProducts = Annotated[Access, Depends(permitted(Permission.WRITE_PRODUCTS))]
