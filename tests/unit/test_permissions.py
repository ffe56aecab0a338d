"""The permission table: what is written for people is what the code goes by."""

from __future__ import annotations

import re

import pytest

from automation.errors import Forbidden
from automation.identity.permissions import TABLE, Caller, Permission, Role, Scope, scope_for
from tests.unit.sources import ROOT

REACH = {Role.CLIENT: "own", Role.RM: "its clients'"}
# Products are nobody's own.
OF_NOBODY = {Permission.READ_PRODUCTS}


def caller(*roles: Role) -> Caller:
    return Caller("u1", frozenset(roles))


def test_the_written_table_is_the_codes() -> None:
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    lines = re.findall(r"^\|(.*)\|$", text, re.MULTILINE)
    rows = [[cell.strip(" `") for cell in line.split("|")] for line in lines]
    head = next(row for row in rows if row[0] == "permission")
    written = {row[0]: dict(zip(head[1:6], row[1:6], strict=True)) for row in rows if row[0] in set(Permission)}
    meant = {
        permission: {
            role: "no" if role not in roles else "all" if permission in OF_NOBODY else REACH.get(role, "all")
            for role in Role
        }
        for permission, roles in TABLE.items()
    }
    assert written == meant


@pytest.mark.parametrize("permission", Permission)
def test_nobody_may_do_anything_without_a_role(permission: Permission) -> None:
    with pytest.raises(Forbidden):
        scope_for(caller(), permission)


def test_reach_is_that_of_each_role_that_may() -> None:
    assert scope_for(caller(Role.CLIENT), Permission.READ_RULES) == Scope(own="u1")
    assert scope_for(caller(Role.RM), Permission.READ_RULES) == Scope(managed="u1")
    assert scope_for(caller(Role.RM, Role.CLIENT), Permission.READ_RULES) == Scope(own="u1", managed="u1")
    assert scope_for(caller(Role.ADMIN), Permission.READ_RULES) == Scope(everyone=True)


def test_execution_and_controls_are_for_operations_alone() -> None:
    assert TABLE[Permission.EXECUTE] == TABLE[Permission.WRITE_CONTROLS] == {Role.OPERATIONS}
