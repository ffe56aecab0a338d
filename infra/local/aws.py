"""A mock of AWS over real HTTP: what a laptop has in place of SES and SNS, started when something is first sent."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Final, Self

from automation.channels import Channel
from automation.channels.email import SesEmail
from automation.channels.sms import SnsSms

SENDER: Final = "automation@example.com"
# Whoever names one of these sends for real, or to a mock of their own.
_OWN: Final = ("AWS_ENDPOINT_URL", "AUTOMATION_EMAIL_FROM", "AUTOMATION_SMS", "AUTOMATION_PUSH")
_HERE: Final = "127.0.0.1"


def is_wanted(values: Mapping[str, str]) -> bool:
    """Whether messages go to the mock: unless somebody has set up where they go."""
    return not any(values.get(name, "").strip() for name in _OWN)


class Mock:
    """SES and SNS of this process, from the first message until the block ends; `say` is told that they are a mock."""

    def __init__(self, say: Callable[[str], object] = lambda line: None) -> None:
        self._say = say
        self._lock = threading.Lock()
        self._server: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.stop()

    def channels(self) -> dict[str, Channel]:
        """Channels to it. Push is none of them: a device would have to be there that has signed in."""
        return {"Email": SesEmail(SENDER, account=self.account), "SMS": SnsSms(account=self.account)}

    def account(self) -> dict[str, Any]:
        """Where it answers, and an account that is nobody's: no message can leave this machine by mistake."""
        with self._lock:
            if self._server is None:
                self._server, self._account = self._start()
            return self._account

    def _start(self) -> tuple[Any, dict[str, Any]]:
        import boto3
        from moto.server import ThreadedMotoServer

        logging.getLogger("werkzeug").setLevel(logging.ERROR)  # which says every request
        server = ThreadedMotoServer(ip_address=_HERE, port=0, verbose=False)
        server.start()
        account: dict[str, Any] = {
            "endpoint_url": f"http://{_HERE}:{server.get_host_and_port()[1]}",
            "region_name": "ap-south-1",
            "aws_access_key_id": "local",
            "aws_secret_access_key": "local",
        }
        boto3.client("sesv2", **account).create_email_identity(EmailIdentity=SENDER)
        self._say("messages: e-mails and SMS go to a mock of AWS on this machine; automation mailbox shows them")
        return server, account
