"""What SES and SNS have in common: one request without hidden retries, and what its errors mean."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cached_property
from typing import Any, Final

from automation.channels import Refused, Unavailable, Uncertain

_CONNECT: Final = 3
_READ: Final = 7
_AT_ONCE: Final = 16
_TOO_MANY: Final = 429

# Our own account, rights or set-up: no message is at fault, and all of them can go once it is mended.
_OURS: Final = frozenset(
    [
        "AccountSuspendedException",
        "SendingPausedException",
        "MailFromDomainNotVerifiedException",
        "LimitExceededException",
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "UnrecognizedClientException",
        "InvalidClientTokenId",
        "ExpiredToken",
        "ExpiredTokenException",
        "SignatureDoesNotMatch",
        "OptInRequired",
        "PlatformApplicationDisabled",
        "NotFoundException",
    ]
)


_MAKING: Final = threading.Lock()


class Service:
    """A client of one AWS service, made when it is first needed; safe from any thread."""

    def __init__(self, name: str) -> None:
        self._name = name

    @cached_property
    def _client(self) -> Any:
        """Threads that need it first at once make it once: boto3's making is not safe."""
        with _MAKING:
            return self.__dict__.get("_client") or self._made()

    def _made(self) -> Any:
        import boto3  # a client costs 0.4 s of start-up, so only where something is sent
        from botocore.config import Config

        config = Config(
            connect_timeout=_CONNECT,
            read_timeout=_READ,
            retries={"total_max_attempts": 1, "mode": "standard"},
            max_pool_connections=_AT_ONCE,
            tcp_keepalive=True,
        )
        return boto3.session.Session().client(self._name, config=config)

    def call(self, operation: str, **request: Any) -> str:
        """One request; the message id that it is answered with. Raises Refused, Unavailable or Uncertain."""
        answer = _sorted_out(lambda: getattr(self._client, operation)(**request))
        found = answer.get("MessageId")
        if not isinstance(found, str) or not found:
            raise Uncertain("answer_unreadable")
        return found


def _sorted_out(request: Callable[[], Any]) -> dict[str, Any]:
    from botocore import exceptions

    try:
        return dict(request())
    except exceptions.ClientError as error:
        raise _refusal(error.response) from error
    except exceptions.ParamValidationError as error:
        raise Refused("message_invalid") from error
    except (
        exceptions.ConnectTimeoutError,
        exceptions.EndpointConnectionError,
        exceptions.ProxyConnectionError,
    ) as error:
        raise Unavailable("provider_unreachable") from error
    except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError, exceptions.NoRegionError) as error:
        raise Unavailable("not_signed_in") from error
    except (exceptions.BotoCoreError, ValueError, OSError) as error:
        raise Uncertain("no_answer") from error


def _refusal(answer: Any) -> Refused | Unavailable | Uncertain:
    """What an answer that is an error means: a fault of the message, or of the channel, which is then tried again."""
    code = str(answer.get("Error", {}).get("Code", ""))
    about = answer.get("ResponseMetadata", {})
    status = int(about.get("HTTPStatusCode", 0))
    after = str(about.get("HTTPHeaders", {}).get("retry-after", ""))
    wait = float(after) if after.isdecimal() else 0.0
    if status == _TOO_MANY or "hrottl" in code or code == "TooManyRequestsException":
        return Unavailable("throttled", wait)
    if status >= 500:
        return Unavailable("provider_failed", wait)
    if code in _OURS:
        return Unavailable("account_not_ready", wait)
    if 400 <= status < 500:
        return Refused("endpoint_disabled" if code in ("EndpointDisabled", "EndpointDisabledException") else "rejected")
    return Uncertain("answer_unreadable")
