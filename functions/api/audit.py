"""The audit trail over HTTP: who did what to which object."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.pages import OfClient, Page, page
from api.services import ReadsAudit
from api.values import Instant
from automation.chain import Entry
from automation.engine import audit
from automation.errors import InvalidInput
from automation.fields import Day, Name
from automation.store.audit import Wanted

router = APIRouter(prefix="/api/automation/audit", tags=["audit"])
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,17}")


class AuditQuery(OfClient):
    """Which entries: about an object, by somebody, of an action, of a day in UTC."""

    object_id: Name | None = None
    by: Name | None = None
    action: Name | None = None
    day: Day | None = None

    def before(self) -> int | None:
        """The number that the cursor stands for; InvalidInput where it is none of ours."""
        if self.cursor is not None and not _NUMBER.fullmatch(self.cursor):
            raise InvalidInput("cursor", "is none of ours", hint="take next_cursor of the page before")
        return None if self.cursor is None else int(self.cursor)


class AuditView(BaseModel):
    """What somebody did, with what it changed; `hash` is taken over all the rest and so over all entries before."""

    number: int
    at: Instant
    by: str
    action: str
    object_kind: str
    object_id: str
    client_id: str | None
    details: dict[str, Any]
    previous_hash: str
    hash: str

    @property
    def id(self) -> int:
        """By what a page finds the next one."""
        return self.number


def _view(entry: Entry) -> AuditView:
    return AuditView.model_validate(entry._asdict())


@router.get("")
def list_audit(access: ReadsAudit, query: Annotated[AuditQuery, Query()]) -> Page[AuditView]:
    """What people did, the newest first; `automation audit verify` says whether the chain is whole."""
    start, end = (None, None) if query.day is None else audit.bounds(query.day)
    wanted = Wanted(
        query.limit + 1, query.before(), query.object_id, query.by, query.client_id, query.action, start, end
    )
    return page(audit.listed(access.runtime, wanted), query, _view)
