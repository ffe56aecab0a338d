"""Lists in pages: what is asked for, and how the next page is found. Nothing is counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from automation import identifiers
from automation.errors import InvalidInput
from automation.fields import Name

Row = TypeVar("Row")
Item = TypeVar("Item", bound=BaseModel)


class PageQuery(BaseModel):
    """How many; `cursor` is the `next_cursor` of the page before."""

    model_config = ConfigDict(extra="forbid")

    cursor: Annotated[str, Field(max_length=50)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50

    def key(self, prefix: str) -> UUID | None:
        """The key that the cursor stands for; InvalidInput where it is none of ours."""
        if self.cursor is None:
            return None
        try:
            return identifiers.read(prefix, self.cursor)
        except ValueError as error:
            raise InvalidInput("cursor", "is none of ours", hint="take next_cursor of the page before") from error


class OfClient(PageQuery):
    """Of one client, or of all that the caller may see."""

    client_id: Name | None = None


class NamedPageQuery(BaseModel):
    """The same, of things whose ids are names of their own: the cursor is the last of them."""

    model_config = ConfigDict(extra="forbid")

    cursor: Name | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class Page(BaseModel, Generic[Item]):
    """A page; without a `next_cursor` it is the last."""

    items: list[Item]
    next_cursor: str | None


def page(
    rows: Sequence[Row],
    query: PageQuery | NamedPageQuery,
    shown: Callable[[Row], Item],
    cursor: Callable[[Row], str] | None = None,
) -> Page[Item]:
    """A page of rows, of which one more than asked for was read; `cursor` is for what has no id."""
    items = [shown(row) for row in rows[: query.limit]]
    if len(rows) <= query.limit:
        return Page(items=items, next_cursor=None)
    last = cursor(rows[query.limit - 1]) if cursor else str(items[-1].id)  # type: ignore[attr-defined]
    return Page(items=items, next_cursor=last)
