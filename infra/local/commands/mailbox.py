"""`automation mailbox` and `automation preview`: what people were told, and how they are told of something."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final

from infra.local.commands import add

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from automation.store.mailbox import Letter
    from infra.local.commands import Subparsers

_MAILBOX: Final = """\
examples:
  automation mailbox                                what was told last, over every channel
  automation mailbox --client C1 --channel Email --full
  automation mailbox --status Failed --json

Locally nothing leaves this machine: e-mails and SMS go to a mock of AWS. docs/notifications.md has the statuses."""
_PREVIEW: Final = """\
examples:
  automation preview "Order Executed"
  automation preview "Auto-Invest Reminder" --locale en_GB --channel SMS
  automation preview "Order Failed" --html > message.html

The facts are samples. docs/notifications.md says how to change a template, and how to add a language."""


def register(subparsers: Subparsers) -> None:
    """Add the commands."""
    from typing import get_args

    from automation.notifications.event import Channel

    channels = get_args(Channel)
    box = add(subparsers, "mailbox", _mailbox, "what people were told, and what waits to be", _MAILBOX)
    box.add_argument("--client", metavar="ID", help="about one client")
    box.add_argument("--channel", choices=channels)
    box.add_argument("--status", metavar="STATUS", help="Pending, Sending, Sent, Failed, Suppressed or Unknown")
    box.add_argument("--last", type=int, default=30, metavar="N", help="(default: %(default)s)")
    box.add_argument("--full", action="store_true", help="with the texts")
    box.add_argument("--json", action="store_true", help="as data, with the texts")
    preview = add(subparsers, "preview", _preview, "how people are told of an event", _PREVIEW)
    preview.add_argument("event", metavar="EVENT", help="as it is called in preferences")
    preview.add_argument("--locale", default="en_IN", metavar="NAME", help="(default: %(default)s)")
    preview.add_argument("--channel", choices=channels, default="Email", help="(default: %(default)s)")
    preview.add_argument("--html", action="store_true", help="an e-mail's HTML")


def _mailbox(arguments: argparse.Namespace) -> int:
    from automation.errors import InvalidInput
    from automation.store import mailbox
    from automation.store.mailbox import Wanted
    from infra.local import stack
    from infra.local.output import as_json, console

    if not 1 <= arguments.last <= 100_000:
        raise InvalidInput("--last", f"{arguments.last} is not from 1 to 100000", hint="leave it out for 30")
    wanted = Wanted(arguments.last, arguments.client, arguments.channel, arguments.status)
    with stack.runtime() as runtime:
        letters = runtime.database.transaction(lambda connection: mailbox.latest(connection, wanted))
    if arguments.json:
        print(as_json([_shown(letter) for letter in letters]))
        return 0
    console().print(listing(f"{len(letters)} messages, the newest last", letters))
    if arguments.full:
        for letter in letters:
            console().print(
                f"{letter.title or letter.event} - {letter.channel} to {letter.recipient}\n\n{letter.text}\n"
            )
    return 0


def _shown(letter: Letter) -> dict[str, object]:
    from automation import identifiers

    return letter._asdict() | {"id": identifiers.show(identifiers.NOTIFICATION, letter.id)}


def listing(title: str, letters: Sequence[Letter]) -> Table:
    """Messages as a table."""
    from infra.local.output import table, words

    def became(letter: Letter) -> str:
        why = f" ({letter.reason})" if letter.reason else ""
        return f"waits until {words(letter.due)}{why}" if letter.status == "Pending" else f"{letter.status}{why}"

    rows = [(each.at, each.recipient, each.channel, each.title or each.event, became(each)) for each in letters]
    return table(title, ("at", "to", "channel", "what", "became"), rows, wrap=("what", "became"))


def _preview(arguments: argparse.Namespace) -> int:
    from automation import wording
    from automation.errors import InvalidInput
    from automation.wording import samples

    events = samples.events()
    if arguments.event not in events:
        raise InvalidInput("EVENT", f"there is no event {arguments.event!r}", hint=f"name one of: {', '.join(events)}")
    reader = wording.Reader("Asha", arguments.locale, "Asia/Kolkata", "INR")
    for told in samples.of(arguments.event):
        content = wording.write(told, reader)
        if arguments.html:
            print(wording.as_html(content, arguments.locale))
        elif arguments.channel in ("SMS", "Push"):
            print(content.short)
        else:
            print(f"{content.title}\n\n{content.text}\n")
    return 0
