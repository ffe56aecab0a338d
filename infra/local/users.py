"""Users to try the API with: those that clients have, or new ones of this machine's own."""

from __future__ import annotations

from typing import Final

from automation.database import Connection
from automation.engine import audit
from automation.errors import InvalidInput, NotFound
from automation.runtime import Runtime

OF_CLIENTS: Final = ("client", "rm")


def user_for(runtime: Runtime, role: str, client: str | None, by: str) -> str:
    """The key of a user who has this role for this client; one is made for a client that has none yet.

    InvalidInput where the role and the client don't go together, NotFound where there is no such client.
    """
    if client is None and role == "client":
        raise InvalidInput("--client", "is required by the role client", hint="name the client whose user it is")
    if client is None:
        return f"local-{role}"
    if role not in OF_CLIENTS:
        raise InvalidInput("--client", f"is not for the role {role}, which sees all clients", hint="leave it out")
    return runtime.database.transaction(lambda connection: _user(connection, runtime, role, client, by))


def _user(connection: Connection, runtime: Runtime, role: str, client: str, by: str) -> str:
    found = connection.execute("select user_id, rm_user_id from clients where id = %s for update", (client,)).fetchone()
    if found is None:
        raise NotFound(f"there is no client {client!r}", hint="add it: automation clients add --help")
    user = found[OF_CLIENTS.index(role)]
    if user:
        return str(user)
    made = _made(connection, role, client)
    audit.record(connection, runtime.clock.now(connection), by, "client.assign", client, client, {role: made})
    return made


def _made(connection: Connection, role: str, client: str) -> str:
    user = f"local-{role}-{client}" if role == "client" else f"local-{role}"
    connection.execute(
        "insert into users (id, name, role) values (%s, %s, %s) on conflict (id) do nothing", (user, user, role)
    )
    connection.execute(
        """
        update clients
        set user_id = case when %(role)s = 'client' then %(user)s else user_id end,
            rm_user_id = case when %(role)s = 'rm' then %(user)s else rm_user_id end
        where id = %(client)s
        """,
        {"role": role, "user": user, "client": client},
    )
    return user
