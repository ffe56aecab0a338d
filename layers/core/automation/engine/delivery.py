"""Messages sent through a channel: leased, checked again, marked, sent outside of any transaction, recorded.

    due ─► still wanted, still true, written ─► leased ─commit─► Sending ─commit─► channel ─► what became of it ─commit

At most one handful is being sent at a time. When the worker dies, that handful is Unknown and what was only leased is
due again, so nothing is sent twice and nothing is lost unseen.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import islice
from typing import Final, NamedTuple, TypeVar
from uuid import UUID

from automation import identifiers, observability, wording
from automation.channels import Channel, Outgoing, Refused, Unavailable, Uncertain
from automation.database import Connection
from automation.engine import notification_facts, recipients
from automation.engine.recipients import Recipient, Recipients
from automation.engine.run import LAST, Run, Step
from automation.notifications.overtaken import overtaken
from automation.notifications.routing import DIGEST, PENDING, SUPPRESSED, route
from automation.notifications.throttle import allowed, failed, pause
from automation.notifications.told import Told
from automation.store import channels as channel_store
from automation.store import delivery as store
from automation.store.channels import State
from automation.store.delivery import Ended, Kept, Waiting, Written
from automation.wording import Content

T = TypeVar("T")
TRIES: Final = 8
_AT_ONCE: Final = 8
_PART: Final = 100
_MOST: Final = 1000
_MOST_OF_A_DIGEST: Final = 200
# A run keeps a reserve of its time; no handful begins when a step has taken this many seconds.
_LONGEST_STEP: Final = 8.0
# What says that the channel itself is in trouble, rather than a message or its address.
_TROUBLE: Final = (PENDING, "Unknown")
_COUNTED: Final = {status: status.lower() for status in ("Sent", "Failed", "Unknown", SUPPRESSED)}
_FIRST_WAIT: Final = timedelta(seconds=30)
_LONGEST_WAIT: Final = timedelta(hours=1)


@dataclass(frozen=True)
class Parcel:
    """What is sent as one: a message, or the messages of a digest; `tries` were made before."""

    ids: Sequence[UUID]
    address: str
    content: Content
    locale: str
    waits: str | None
    tries: int

    @property
    def reference(self) -> str:
        return identifiers.show(identifiers.NOTIFICATION, self.ids[0])

    def outgoing(self, channel: str) -> Outgoing:
        """As a channel takes it: an e-mail in both forms, all others short."""
        content, email = self.content, channel == "Email"
        html = wording.as_html(content, self.locale) if email else ""
        return Outgoing(self.address, content.title, content.text if email else content.short, html, self.reference)


class Verdict(NamedTuple):
    """What became of a parcel: a status with its reason, and the provider's id where it was taken."""

    status: str
    reason: str | None = None
    provider_id: str | None = None
    after: float = 0.0


class _Ready(NamedTuple):
    """A message that may go: to whom, and what is said."""

    row: Waiting
    recipient: Recipient
    content: Content


class Leased(NamedTuple):
    """What is to be sent until a lease ends, and what was counted on the way; `wait` is in seconds."""

    parcels: Sequence[Parcel]
    until: datetime
    counts: Counter[str]
    wait: float = 0.0


def through(channel: str) -> Step:
    """A step that sends one batch of a channel's messages; a channel that is not set up has none."""

    def step(run: Run) -> Counter[str]:
        if channel not in run.runtime.channels:
            return Counter()
        return Sender(run, channel, run.runtime.channels[channel]).send()

    return step


def forget(run: Run) -> Counter[str]:
    """What was being sent when its worker died is Unknown."""
    limit = run.runtime.settings.batch_size
    lost = run.runtime.database.transaction(lambda c: store.forget(c, run.runtime.clock.now(c), limit))
    return +Counter({"unknown": lost, LAST: int(lost < limit)})


@dataclass(frozen=True)
class Sender:
    """One batch through one channel."""

    run: Run
    name: str
    channel: Channel

    def send(self) -> Counter[str]:
        leased = self._do(self.lease)
        if leased.wait:
            self.run.runtime.sleep(leased.wait)
        if not leased.parcels:
            return leased.counts
        begun = time.monotonic()
        counts, parcels = leased.counts, list(leased.parcels)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            while parcels and time.monotonic() - begun < _LONGEST_STEP and not (counts["again"] or counts["unknown"]):
                few, parcels = parcels[:_AT_ONCE], parcels[_AT_ONCE:]
                mine, lost_at = self._do(partial(self._begin, few, leased.until))
                verdicts = list(pool.map(self._sent, mine))
                counts += self._do(partial(self._record, list(zip(mine, verdicts, strict=True)), lost_at))
        left = [each for parcel in parcels for each in parcel.ids]
        if left:
            self._do(lambda connection: store.release(connection, left, leased.until, self._now(connection)))
        return counts

    def _do(self, work: Callable[[Connection], T]) -> T:
        return self.run.runtime.database.transaction(work)

    def _now(self, connection: Connection) -> datetime:
        return self.run.runtime.clock.now(connection)

    def lease(self, connection: Connection) -> Leased:
        """Lease as many due messages as may go now; those that are not to go any more end here."""
        now, rate = self._now(connection), self.run.runtime.settings.delivery.rates[self.name]
        leased = now + self.run.runtime.settings.lease
        state = channel_store.lock(connection, self.name, Decimal(rate), now)
        may = allowed(state.tokens, state.refilled_at, state.open_until, rate, now)
        rows = store.claim(connection, self.name, now, min(may.messages, _MOST) or 1)
        if not may.messages or not rows:
            busy = bool(rows) and (state.open_until is None or state.open_until <= now)
            wait = float(min(_AT_ONCE, rate) - may.tokens) / rate if busy else 0.0
            return Leased((), leased, Counter(waited=1) if busy else Counter(), max(wait, 0.0))
        rows = self._with_digests(connection, rows, now)
        parcels, kept = self._written(connection, rows, now, leased)
        left = may.tokens - len(parcels)
        channel_store.save(connection, self.name, state._replace(tokens=left, refilled_at=now))
        return Leased(parcels, leased, Counter(_COUNTED.get(each.status, "deferred") for each in kept))

    def _with_digests(self, connection: Connection, rows: Sequence[Waiting], now: datetime) -> list[Waiting]:
        """Whole digests in place of what was claimed of them; what another worker is at is left to it."""
        clients = sorted({row.client.id for row in rows if row.waits == DIGEST})
        alone = [row for row in rows if row.waits != DIGEST]
        return alone + (store.digests(connection, self.name, now, clients, _MOST_OF_A_DIGEST) if clients else [])

    def _written(
        self, connection: Connection, rows: Sequence[Waiting], now: datetime, leased: datetime
    ) -> tuple[list[Parcel], list[Kept]]:
        """Ask again of each message whether it is wanted and true; write what may go, part by part, and lease it."""
        sources = [(row.id, row.event, row.source_id, row.payload) for row in rows]
        facts = notification_facts.load(connection, sources)
        who = recipients.load(connection, [(row.client, row.event) for row in rows], self.run.runtime.channels)
        judged = (self._ready_or_kept(row, facts[row.id], who, now) for row in rows)
        parcels: list[Parcel] = []
        kept: list[Kept] = []
        digested: list[_Ready] = []
        with connection.pipeline():
            while part := list(islice(judged, _PART)):
                ready = [each for each in part if isinstance(each, _Ready)]
                aside = [each for each in part if isinstance(each, Kept)]
                alone = [self._parcel([each], each.content) for each in ready if each.row.waits != DIGEST]
                digested += [each for each in ready if each.row.waits == DIGEST]
                store.keep(connection, aside)
                self._lease(connection, alone, leased)
                parcels += alone
                kept += aside
            joined = list(self._joined(digested))
            self._lease(connection, joined, leased)
        return parcels + joined, kept

    def _lease(self, connection: Connection, parcels: Sequence[Parcel], until: datetime) -> None:
        store.lease(connection, [self._row(key, parcel) for parcel in parcels for key in parcel.ids], until)

    def _row(self, key: UUID, parcel: Parcel) -> Written:
        content = parcel.content
        return Written(key, parcel.address, content.title, content.text if self.name == "Email" else content.short)

    def _ready_or_kept(self, row: Waiting, told: Told, who: Recipients, now: datetime) -> _Ready | Kept:
        """An error in one message is that message's end; the rest of the batch goes on."""
        try:
            recipient = who.one(row.client, row.event, row.user_id)
            if recipient is None:
                return Kept(row.id, SUPPRESSED, "not_chosen", now)
            if reason := overtaken(told, now):
                return Kept(row.id, SUPPRESSED, reason, now)
            way = route(self.name, told, recipient.wish, recipient.person, now, waited=row.waits)
            if way.status == SUPPRESSED or way.deliver_at > now:
                return Kept(row.id, way.status, way.reason, way.deliver_at)
            return _Ready(row, recipient, wording.write(told, recipient.reader))
        except Exception as error:  # noqa: BLE001 - the edge of a batch: recorded, and the others go on
            observability.set_aside("message", identifiers.show(identifiers.NOTIFICATION, row.id), error)
            return Kept(row.id, "Failed", "internal_error", now)

    def _joined(self, ready: Sequence[_Ready]) -> Iterator[Parcel]:
        """One parcel a client, of all that has waited for its digest."""
        joined: dict[str, list[_Ready]] = {}
        for each in ready:
            joined.setdefault(each.row.client.id, []).append(each)
        for several in joined.values():
            contents = [each.content for each in several]
            whole = wording.digest(contents, several[0].recipient.reader) if len(several) > 1 else contents[0]
            yield self._parcel(several, whole)

    def _parcel(self, several: Sequence[_Ready], content: Content) -> Parcel:
        row, recipient = several[0].row, several[0].recipient
        address = recipient.person.addresses[self.name] or ""
        ids = [each.row.id for each in several]
        return Parcel(ids, address, content, recipient.reader.locale, row.waits, row.attempts)

    def _begin(self, few: Sequence[Parcel], leased: datetime, connection: Connection) -> tuple[list[Parcel], datetime]:
        """Mark a handful Sending; of a parcel that is no longer this worker's, nothing is sent."""
        until = self._now(connection) + self.run.runtime.settings.lease
        mine = store.begin(connection, [each for parcel in few for each in parcel.ids], leased, until)
        return [parcel for parcel in few if mine.issuperset(parcel.ids)], until

    def _sent(self, parcel: Parcel) -> Verdict:
        """In a thread of its own: one request, and what its answer means."""
        try:
            return Verdict("Sent", parcel.waits, self.channel.send(parcel.outgoing(self.name)))
        except Refused as error:
            return Verdict("Failed", error.reason)
        except Unavailable as error:
            return Verdict(PENDING, error.reason, after=error.after)
        except Uncertain as error:
            return Verdict("Unknown", error.reason)
        except Exception as error:  # noqa: BLE001 - the edge of a batch: whether it was sent is not known
            observability.set_aside("message", parcel.reference, error)
            return Verdict("Unknown", "internal_error")

    def _record(
        self, ends: Sequence[tuple[Parcel, Verdict]], lost_at: datetime, connection: Connection
    ) -> Counter[str]:
        now = self._now(connection)
        state = channel_store.lock(connection, self.name, Decimal(), now)
        channel_store.save(connection, self.name, _after(state, [verdict for _, verdict in ends], now))
        rows = [_ended(key, parcel, verdict, now) for parcel, verdict in ends for key in parcel.ids]
        store.record(connection, rows, lost_at, now)
        return Counter(_COUNTED.get(row.status, "again") for row in rows)


def _ended(key: UUID, parcel: Parcel, verdict: Verdict, now: datetime) -> Ended:
    """A message after a try: what was surely not sent is tried again, later each time, up to a last try."""
    if verdict.status != PENDING:
        return Ended(key, verdict.status, verdict.reason, now, verdict.provider_id)
    if parcel.tries + 1 >= TRIES:
        return Ended(key, "Failed", verdict.reason, now, None)
    wait = min(_FIRST_WAIT * 2**parcel.tries, _LONGEST_WAIT) * random.uniform(0.75, 1.25)  # noqa: S311 - jitter
    waits = DIGEST if parcel.waits == DIGEST else verdict.reason
    return Ended(key, PENDING, waits, now + max(wait, timedelta(seconds=verdict.after)), None)


def _after(state: State, verdicts: Sequence[Verdict], now: datetime) -> State:
    """The channel after a handful: one answer makes it sound; failures in a row leave it alone for a while."""
    down = [verdict for verdict in verdicts if verdict.status in _TROUBLE]
    if not down:
        return state._replace(failures=0, open_until=None, reason=None) if verdicts else state
    sound = len(down) < len(verdicts)
    failures = failed(0 if sound else state.failures, len(down))
    asked = timedelta(seconds=max(verdict.after for verdict in down))
    rest = max(pause(failures) if not sound else timedelta(), asked)
    return state._replace(failures=failures, open_until=now + rest if rest else None, reason=down[0].reason)
