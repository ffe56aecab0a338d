"""E-mail by Amazon SES v2."""

from __future__ import annotations

import re
from typing import Final

from automation.channels import Outgoing, Refused
from automation.channels.aws import TIMEOUT, Account, Service

_LONGEST: Final = 254
# One @, a domain with a dot, and nothing that could end a header, name a second address or hide one.
_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


class SesEmail:
    """E-mails from one sender, of an identity that is verified in SES."""

    def __init__(self, sender: str, timeout: float = TIMEOUT, account: Account = dict) -> None:
        self._sender = sender
        self._ses = Service("sesv2", timeout, account)

    def send(self, message: Outgoing) -> str:
        """Send an e-mail in both forms, text and HTML."""
        if len(message.address) > _LONGEST or not _ADDRESS.fullmatch(message.address):
            raise Refused("address_invalid")
        text = {"Text": _utf8(message.text)}
        html = {"Html": _utf8(message.html)} if message.html else {}
        return self._ses.call(
            "send_email",
            FromEmailAddress=self._sender,
            Destination={"ToAddresses": [message.address]},
            Content={"Simple": {"Subject": _utf8(message.title), "Body": text | html}},
            EmailTags=[{"Name": "reference", "Value": message.reference}],
        )


def _utf8(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
