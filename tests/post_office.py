"""Messages, those who are told, and channels that are ours to break, for tests of their delivery."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

import notifications.handler
from automation import identifiers
from automation.database import Connection
from automation.runtime import Runtime
from automation.store import notifications as store
from automation.store.notifications import Message
from tests import builders
from tests.builders import Context, Row, World
from tests.channels import FakeChannel

ASHA = {"email": "asha@example.com", "phone": "+919999999999", "push_endpoint": "arn:aws:sns:x:1:endpoint/GCM/a/b"}
EVENT = "Goal Milestone Reached"


@dataclass
class PostOffice:
    """A world whose messages go through fakes."""

    world: World
    channels: dict[str, FakeChannel] = field(
        default_factory=lambda: {name: FakeChannel() for name in ("Email", "SMS", "Push")}
    )

    def __post_init__(self) -> None:
        self.world.runtime = self.worker()

    def worker(self, runtime: Runtime | None = None) -> Runtime:
        """A runtime whose channels are ours."""
        return replace(runtime or self.world.runtime, channels=self.channels)

    @property
    def email(self) -> FakeChannel:
        return self.channels["Email"]

    def happen(self, event: str = EVENT, client: str = "C1", count: int = 1, **payload: Any) -> list[Message]:
        """Something is to be told."""
        now = self.world.clock.instant
        text = json.dumps(payload or {"name": "House", "percent": 50})
        told = [Message(event, identifiers.new(now), client, text) for _ in range(count)]
        store.insert(self.world.connection, told, now)
        return told

    def prefer(self, channels: str = "In-App Email", event: str = EVENT, client: str = "C1", **terms: Any) -> None:
        now = self.world.clock.instant
        self.world.connection.execute("delete from notification_preferences where event = %s and user_id is not "
                                      "distinct from %s", (event, terms.get("user_id")))  # fmt: skip
        row = {"id": identifiers.new(now), "client_id": client, "event": event, "channels": channels.split()}
        builders.add(self.world.connection, "notification_preferences", **row, created_at=now, updated_at=now, **terms)

    def tick(self, when: str | None = None, context: Context | None = None) -> Row:
        """One tick of the notifications job at a time in Kolkata; its counts."""
        return dict(self.world._tick(notifications.handler.handler, when, context)["counts"])

    def rows(self, channel: str = "Email") -> list[tuple[str, str | None]]:
        """(status, reason) of a channel's messages."""
        found = self.world.rows("select status, reason from notification_logs where channel = %s order by id", channel)
        return [(row["status"], row["reason"]) for row in found]

    def in_app(self) -> list[Row]:
        return self.world.rows("select * from in_app_notifications order by id")


def furnish(connection: Connection, cash: str = "100000.00") -> None:
    """C1 is Asha, who can be told by every channel."""
    builders.add_client(connection, "C1", cash, **ASHA)
    builders.add_product(connection)
