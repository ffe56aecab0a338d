"""SMS by Amazon SNS."""

from __future__ import annotations

import re
from typing import Final

from automation.channels import Outgoing, Refused
from automation.channels.aws import TIMEOUT, Account, Service

_E164: Final = re.compile(r"\+[1-9][0-9]{7,14}")


class SnsSms:
    """SMS to phones, with the sender's name where the country lets it show."""

    def __init__(self, sender: str = "", timeout: float = TIMEOUT, account: Account = dict) -> None:
        self._sender = sender
        self._sns = Service("sns", timeout, account)

    def send(self, message: Outgoing) -> str:
        """Send an SMS; its length is the writer's concern."""
        if not _E164.fullmatch(message.address):
            raise Refused("address_invalid")
        attributes = {"AWS.SNS.SMS.SMSType": _text("Transactional")}
        if self._sender:
            attributes["AWS.SNS.SMS.SenderID"] = _text(self._sender)
        return self._sns.call(
            "publish", PhoneNumber=message.address, Message=message.text, MessageAttributes=attributes
        )


def _text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}
