"""`automation token`: an access token for the local API."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final

from infra.local.commands import add

if TYPE_CHECKING:
    from infra.local.commands import Subparsers

_ROLES: Final = ("client", "rm", "supervisor", "operations", "admin")
_HELP: Final = """\
examples:
  curl -H "Authorization: Bearer $(automation token --role operations)" \\
      http://localhost:3000/api/automation/scheduler/status
  automation token --role rm --client 1            the manager of client 1, and of that one's other clients
  automation token --role client --client 1
  automation token --role supervisor --user u17    a user of your own

A client without a user or manager is given one of this machine's own: local-client-…, local-rm. Tokens are signed with
a key below .local, which only a local `automation serve` trusts."""


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add(subparsers, "token", _token, "make an access token for the local API", _HELP)
    parser.add_argument("--role", choices=_ROLES, action="append", required=True, help="may be given more than once")
    parser.add_argument("--client", metavar="ID", help="for client and rm: whose user")
    parser.add_argument("--user", metavar="ID", help="the user, in place of one who is looked up")
    parser.add_argument("--minutes", metavar="N", type=int, default=60, help="how long it is good (default 60)")


def _token(arguments: argparse.Namespace) -> int:
    from datetime import timedelta

    from automation.errors import ConfigurationError, InvalidInput
    from infra.local import inputs, issuer, stack, users

    if not 0 < arguments.minutes <= 24 * 60:
        raise InvalidInput("--minutes", f"{arguments.minutes} is not from 1 to 1440", hint="leave it out for 60")
    with stack.opened() as opened, opened.runtime() as runtime:
        trust = opened.settings.trust
        if trust.issuer != stack.ISSUER:
            raise ConfigurationError(
                f"AUTOMATION_ISSUER is {trust.issuer}, an issuer of its own", hint="unset it, or get a token there"
            )
        user = arguments.user or users.user_for(runtime, arguments.role[0], arguments.client, inputs.person())
        now = runtime.database.transaction(runtime.clock.now)
    made = issuer.opened(stack.local_directory() / "issuer")
    print(made.token(user, arguments.role, now, timedelta(minutes=arguments.minutes), trust))
    return 0
