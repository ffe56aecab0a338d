"""The notifications job: tell what has happened, in the app at once and by other channels when it suits.

    a fact's message ─► who wants to know, and how ─► in the app; by each other channel Pending, or Suppressed ─commit
    Pending and due ─► still wanted? still true? ─► Sending ─commit─► channel ─► Sent | Failed | again | Unknown ─commit

Everything that is not told is a row with its reason. A message that was being sent when its worker died is Unknown, and
not sent again: nobody can tell whether it arrived.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Final, NamedTuple
from uuid import UUID

from automation import identifiers, observability, wording
from automation.database import Connection
from automation.engine import notification_facts, recipients, reminders
from automation.engine.delivery import forget, through
from automation.engine.recipients import Recipient
from automation.engine.run import LAST, Job, Run
from automation.notifications.event import IN_APP
from automation.notifications.routing import SUPPRESSED, Route, routes
from automation.notifications.told import Told
from automation.store import fan_out as store
from automation.store.fan_out import Further, InApp, Origin

NAME: Final = "notifications"
SENT: Final = "Sent"
_PART: Final = 100


class Fanned(NamedTuple):
    """What becomes of one message: its own end, what is put into the app, and the messages of further channels."""

    end: tuple[UUID, str, str | None]
    in_app: Sequence[InApp] = ()
    further: Sequence[Further] = ()


def fan_out(run: Run) -> Counter[str]:
    """Tell one batch of what has happened."""
    return run.runtime.database.transaction(lambda connection: _fan_out(connection, run))


def _fan_out(connection: Connection, run: Run) -> Counter[str]:
    now, limit = run.runtime.clock.now(connection), run.runtime.settings.batch_size
    origins = store.claim(connection, now, limit)
    if not origins:
        return Counter()
    facts = notification_facts.load(
        connection, [(each.id, each.event, each.source_id, each.payload) for each in origins]
    )
    about = [(each.client, each.event) for each in origins]
    known = recipients.load(connection, about, run.runtime.channels)
    fanned = (_fanned(each, facts[each.id], known.of(each.client, each.event), now) for each in origins)
    counts: Counter[str] = Counter()
    with connection.pipeline():
        while part := list(islice(fanned, _PART)):
            counts += _write(connection, part, now)
    return counts + Counter({LAST: int(len(origins) < limit)})


def _write(connection: Connection, part: Sequence[Fanned], now: datetime) -> Counter[str]:
    store.show_in_app(connection, [row for one in part for row in one.in_app], now)
    further = [row for one in part for row in one.further]
    store.insert(connection, further, now)
    store.settle(connection, [one.end for one in part], now)
    statuses = [one.end[1] for one in part] + [row.status for row in further]
    return Counter({"told": len(part)}) + Counter(status.lower() for status in statuses if status == SUPPRESSED)


def _fanned(origin: Origin, told: Told, who: Sequence[Recipient], now: datetime) -> Fanned:
    """An error in one message is that message's end; the rest of the batch goes on."""
    try:
        return _told(origin, told, who, now)
    except Exception as error:  # noqa: BLE001 - the edge of a batch: recorded, and the others go on
        observability.set_aside("message", identifiers.show(identifiers.NOTIFICATION, origin.id), error)
        return Fanned((origin.id, "Failed", "internal_error"))


def _told(origin: Origin, told: Told, who: Sequence[Recipient], now: datetime) -> Fanned:
    end: tuple[UUID, str, str | None] = (origin.id, SUPPRESSED, "off")
    in_app: list[InApp] = []
    further: list[Further] = []
    for recipient in who:
        for each in routes(told, recipient.wish, recipient.person, now):
            key = _key(origin, recipient, each.channel)
            shown = each.channel == IN_APP and each.status != SUPPRESSED
            if shown:
                in_app.append(_in_app(key, origin, told, recipient))
            if key == origin.id:
                end = (key, SENT if shown else SUPPRESSED, each.reason)
            else:
                further.append(_further(key, origin, recipient, each, SENT if shown else each.status))
    return Fanned(end, in_app, further)


def _key(origin: Origin, recipient: Recipient, channel: str) -> UUID:
    """A function of the message, the channel and who is told; the client's own in the app is the message itself."""
    if channel == IN_APP and recipient.user_id is None:
        return origin.id
    return identifiers.beside(origin.id, f"{channel} {recipient.key}")


def _in_app(key: UUID, origin: Origin, told: Told, recipient: Recipient) -> InApp:
    said = wording.write(told, recipient.reader)
    return InApp(key, origin.client.id, recipient.user_id, origin.event, said.title, said.text, origin.payload)


def _further(key: UUID, origin: Origin, recipient: Recipient, route: Route, status: str) -> Further:
    return Further(
        key,
        origin.event,
        origin.source_id,
        origin.client.id,
        recipient.user_id,
        route.channel,
        recipient.key,
        origin.payload,
        status,
        route.reason,
        route.deliver_at,
    )


JOB = Job(
    NAME,
    (
        reminders.remind,
        reminders.chase,
        reminders.milestones,
        fan_out,
        forget,
        through("Email"),
        through("SMS"),
        through("Push"),
    ),
)
