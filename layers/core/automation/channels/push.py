"""Push messages to devices by Amazon SNS."""

from __future__ import annotations

import json
import re
from typing import Final

from automation.channels import Outgoing, Refused
from automation.channels.aws import TIMEOUT, Service

_ENDPOINT: Final = re.compile(r"arn:[^:\s]+:sns:[^:\s]+:[0-9]+:endpoint/\S+")


class SnsPush:
    """Push messages to the endpoints that devices have at SNS."""

    def __init__(self, timeout: float = TIMEOUT) -> None:
        self._sns = Service("sns", timeout)

    def send(self, message: Outgoing) -> str:
        """Send title and text, in the form of each platform."""
        if not _ENDPOINT.fullmatch(message.address):
            raise Refused("address_invalid")
        return self._sns.call(
            "publish", TargetArn=message.address, MessageStructure="json", Message=json.dumps(_forms(message))
        )


def _forms(message: Outgoing) -> dict[str, str]:
    """One form a platform; texts are short enough for all of them, as their writer has it."""
    data = {"reference": message.reference}
    apple = json.dumps({"aps": {"alert": {"title": message.title, "body": message.text}}} | data)
    google = json.dumps({"notification": {"title": message.title, "body": message.text}, "data": data})
    return {"default": message.text, "APNS": apple, "APNS_SANDBOX": apple, "GCM": google}
