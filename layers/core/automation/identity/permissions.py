"""Roles, and what each may do to whose objects: the permission table, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from automation.errors import Forbidden


class Role(StrEnum):
    """A client of the platform, its relationship manager, and those who work for all of them."""

    CLIENT = "client"
    RM = "rm"
    SUPERVISOR = "supervisor"
    OPERATIONS = "operations"
    ADMIN = "admin"


class Permission(StrEnum):
    """What a route asks for."""

    READ_RULES = "rules:read"
    WRITE_RULES = "rules:write"
    CONFIRM = "rules:confirm"
    READ_SCHEDULER = "scheduler:read"
    EXECUTE = "scheduler:execute"
    READ_CONTROLS = "controls:read"
    WRITE_CONTROLS = "controls:write"
    READ_AUDIT = "audit:read"
    READ_NOTIFICATIONS = "notifications:read"
    MARK_NOTIFICATIONS = "notifications:mark"
    WRITE_PREFERENCES = "preferences:write"
    READ_CLIENTS = "clients:read"
    WRITE_CLIENTS = "clients:write"
    WRITE_GOALS = "goals:write"
    READ_PRODUCTS = "products:read"
    WRITE_PRODUCTS = "products:write"


_ALL: Final = frozenset(Role)
_STAFF: Final = frozenset({Role.SUPERVISOR, Role.OPERATIONS, Role.ADMIN})
# CONFIRM is narrowed by the setting `confirmed_by`.
TABLE: Final[Mapping[Permission, frozenset[Role]]] = {
    Permission.READ_RULES: _ALL,
    Permission.WRITE_RULES: _ALL - {Role.SUPERVISOR},
    Permission.CONFIRM: frozenset({Role.CLIENT, Role.RM, Role.SUPERVISOR}),
    Permission.READ_SCHEDULER: _STAFF,
    Permission.EXECUTE: frozenset({Role.OPERATIONS}),
    Permission.READ_CONTROLS: _STAFF,
    Permission.WRITE_CONTROLS: frozenset({Role.OPERATIONS}),
    Permission.READ_AUDIT: _STAFF,
    Permission.READ_NOTIFICATIONS: _ALL,
    Permission.MARK_NOTIFICATIONS: _ALL,
    Permission.WRITE_PREFERENCES: _ALL - {Role.SUPERVISOR},
    Permission.READ_CLIENTS: _ALL,
    Permission.WRITE_CLIENTS: frozenset({Role.OPERATIONS, Role.ADMIN}),
    Permission.WRITE_GOALS: frozenset({Role.CLIENT, Role.RM}),
    Permission.READ_PRODUCTS: _ALL,
    Permission.WRITE_PRODUCTS: frozenset({Role.OPERATIONS, Role.ADMIN}),
}


class Scope(NamedTuple):
    """Whose objects are seen: everyone's, those of the client whose user is `own`, of clients managed by `managed`."""

    everyone: bool = False
    own: str | None = None
    managed: str | None = None


EVERYONE: Final = Scope(everyone=True)
NOBODY: Final = Scope()


@dataclass(frozen=True)
class Caller:
    """Who a verified token speaks for: the key of a user and the roles; an unknown role counts for nothing."""

    user: str
    roles: frozenset[Role]

    @property
    def signature(self) -> str:
        """How it is recorded with what it does, as in `rm:u17`."""
        return f"{'+'.join(sorted(self.roles))}:{self.user}"


def scope_for(caller: Caller, permission: Permission, allowed: frozenset[str] | None = None) -> Scope:
    """Whose objects the caller may do this to; Forbidden where none of its roles may do it at all.

    `allowed` narrows the table's roles. A role gives its own reach only to what it may itself do.
    """
    roles = caller.roles & TABLE[permission]
    if allowed is not None:
        roles = frozenset(role for role in roles if role in allowed)
    if not roles:
        raise Forbidden(f"your roles do not include {permission}", hint="sign in as somebody who may do this")
    return Scope(
        everyone=bool(roles & _STAFF),
        own=caller.user if Role.CLIENT in roles else None,
        managed=caller.user if Role.RM in roles else None,
    )
