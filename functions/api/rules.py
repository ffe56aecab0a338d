"""What rules of every kind have in common: whose they are, why they acted or did not, what became of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from api.openapi import NOT_FOUND
from api.pages import Page, PageQuery, page
from api.preconditions import tag
from api.services import Access, ReadsRules
from api.values import Instant, Local, WhyView
from automation import identifiers
from automation.engine import execution_views, explain, visibility
from automation.store.execution_list import LogRow, Wanted

DryRun = Annotated[bool, Query(description="Answer as if it were done, and write nothing.")]


class LogView(BaseModel):
    """One execution: what became of an occurrence. `occurrence` is its name, in the client's own time."""

    id: str
    kind: str
    rule_id: str
    rule_version: int
    client_id: str
    occurrence: Local
    due_at: Instant
    executed_at: Instant
    status: Literal["Success", "Failed", "Skipped"]
    reason: str | None
    amount: Decimal | None
    run_id: str
    details: dict[str, Any] | None


_PREFIX: Final = {
    "auto_invest": identifiers.AUTO_INVEST,
    "trigger": identifiers.TRIGGER,
    "rebalancing": identifiers.REBALANCING,
}


def rule_prefix(kind: str) -> str:
    """With what the ids of this kind of rule begin."""
    return _PREFIX.get(kind, identifiers.AUTO_INVEST)


def log_view(row: LogRow) -> LogView:
    """A row of the log as it is shown."""
    shown = {
        "id": identifiers.show(identifiers.EXECUTION, row.id),
        "rule_id": identifiers.show(rule_prefix(row.kind), row.rule_id),
        "run_id": identifiers.show(identifiers.RUN, row.run_id),
    }
    return LogView.model_validate(row._asdict() | shown)


def answered(response: Response, place: str, shown_id: str, version: int = 1, *, dry_run: bool = False) -> None:
    """Answer a creation: with the place and version of what was made, or 200 where it was only rehearsed."""
    if dry_run:
        response.status_code = 200
    else:
        response.headers["Location"] = f"{place}/{shown_id}"
        tag(response, version)


def changed(response: Response, version: int, *, dry_run: bool) -> None:
    """Answer an edit: with the version that it made, unless it was only rehearsed."""
    if not dry_run:
        tag(response, version)


def own(access: Access, prefix: str, shown_id: str) -> None:
    """NotFound where there is no such thing, or it is not the caller's to reach."""
    visibility.require(access.runtime, prefix, shown_id, access.scope)


def told(router: APIRouter, prefix: str, kind: str) -> None:
    """Add the routes that tell of a rule."""

    @router.get("/{id}/why", name=f"why_{kind}", responses=NOT_FOUND)
    def why(access: ReadsRules, id: str) -> WhyView:
        """Why it did or did not act at its last look, how far it was, and when it looks next."""
        own(access, prefix, id)
        found = explain.why(access.runtime, id)
        return WhyView(sentence=found.sentence, data=found.data)

    @router.get("/{id}/history", name=f"history_of_{kind}", responses=NOT_FOUND)
    def history(access: ReadsRules, id: str, query: Annotated[PageQuery, Query()]) -> Page[LogView]:
        """Its executions, the newest first."""
        own(access, prefix, id)
        before = query.key(identifiers.EXECUTION)
        key = identifiers.read(prefix, id)
        wanted = Wanted(access.scope, query.limit + 1, rule_id=key, before=before)
        return page(execution_views.logs(access.runtime, wanted), query, log_view)
