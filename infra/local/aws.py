"""A mock of AWS over real HTTP: what a laptop has in place of SES and SNS, started when something is first sent."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Final, Self

from automation.channels import Channel, Outgoing
from automation.channels.email import SesEmail
from automation.channels.sms import SnsSms

SENDER: Final = "automation@example.com"
# Whoever names one of these sends for real, or to a mock of their own.
_OWN: Final = ("AWS_ENDPOINT_URL", "AUTOMATION_EMAIL_FROM", "AUTOMATION_SMS", "AUTOMATION_PUSH")
_HERE: Final = "127.0.0.1"
# Nobody's account: what is sent can't leave this machine by mistake.
_ACCOUNT: Final = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_REGION": "ap-south-1",
    "AWS_DEFAULT_REGION": "ap-south-1",
}
_HIDDEN: Final = ("AWS_PROFILE", "AWS_SESSION_TOKEN")


def is_wanted(values: Mapping[str, str]) -> bool:
    """Whether messages go to the mock: unless somebody has set up where they go."""
    return not any(values.get(name, "").strip() for name in _OWN)


class Mock:
    """SES and SNS of this process, from the first message until the block ends; `say` is told that they are one."""

    def __init__(self, say: Callable[[str], object] = lambda line: None) -> None:
        self._say = say
        self._lock = threading.Lock()
        self._server: Any = None
        self._before: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.stop()
            os.environ.clear()
            os.environ.update(self._before)

    def channels(self) -> dict[str, Channel]:
        """Channels to it. Push is none of them: a device would have to be there that has signed in."""
        return {"Email": _Through(self, SesEmail(SENDER)), "SMS": _Through(self, SnsSms())}

    def started(self) -> None:
        """Have it answer; threads that come at once start it once."""
        with self._lock:
            if self._server is None:
                self._server = self._start()

    def _start(self) -> Any:
        import boto3
        from moto.server import ThreadedMotoServer

        server = ThreadedMotoServer(ip_address=_HERE, port=0, verbose=False)
        server.start()
        address = f"http://{_HERE}:{server.get_host_and_port()[1]}"
        self._before = dict(os.environ)
        os.environ.update(_ACCOUNT | {"AWS_ENDPOINT_URL": address})
        for name in _HIDDEN:
            os.environ.pop(name, None)
        boto3.client("sesv2").create_email_identity(EmailIdentity=SENDER)
        self._say("messages: e-mails and SMS go to a mock of AWS on this machine; automation mailbox shows them")
        return server


class _Through:
    """A channel whose provider is the mock."""

    def __init__(self, mock: Mock, channel: Channel) -> None:
        self._mock = mock
        self._channel = channel

    def send(self, message: Outgoing) -> str:
        self._mock.started()
        return self._channel.send(message)
