"""What SES and SNS have in common: one request without hidden retries, and what its errors mean."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

from automation.channels import Refused, Unavailable, Uncertain

# Seconds until a connection stands, and until an answer comes.
_CONNECT: Final = 3.0
TIMEOUT: Final = 7.0
_AT_ONCE: Final = 16
_TOO_MANY: Final = 429
# The longest that a provider is believed when it asks for patience, in seconds.
_LONGEST_WAIT: Final = 3600.0

# Our own account, rights or set-up: no message is at fault, and all of them can go once it is mended. NotFoundException
# is of SES, about its own set-up; SNS says NotFound of an endpoint, and that is the message's fault.
_OURS: Final = frozenset(
    [
        "AccountSuspendedException",
        "SendingPausedException",
        "MailFromDomainNotVerifiedException",
        "LimitExceededException",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "OptInRequired",
        "PlatformApplicationDisabled",
        "RequestExpired",
        "RequestTimeout",
        "RequestTimeoutException",
        "NotFoundException",
    ]
)
_THROTTLED: Final = frozenset({"TooManyRequestsException", "RequestLimitExceeded"})
# The device's endpoint is switched off, or gone.
_NO_ENDPOINT: Final = frozenset({"EndpointDisabled", "EndpointDisabledException", "NotFound"})
# Not signed in, not allowed, not through a proxy, not in time: nobody has read the message yet.
_NOT_LET_IN: Final = frozenset({401, 403, 407, 408})


# Where a service answers and by whose account it is asked: options of a client of boto3, asked for when it is made. The
# environment has what they leave out.
Account = Callable[[], Mapping[str, Any]]


class Service:
    """A client of one AWS service, made when it is first needed; safe from any thread."""

    def __init__(self, name: str, timeout: float, account: Account = dict) -> None:
        self._name = name
        self._timeout = timeout
        self._account = account
        self._made: Any = None
        self._making = threading.Lock()

    def _ready(self) -> Any:
        from botocore import exceptions

        try:
            return self._client
        except (exceptions.BotoCoreError, ValueError):
            raise Unavailable("not_set_up") from None

    @property
    def _client(self) -> Any:
        """Threads that need it first at once make it once."""
        if self._made is None:
            with self._making:
                if self._made is None:
                    self._made = self._make()
        return self._made

    def _make(self) -> Any:
        import boto3  # a client costs 0.4 s of start-up, so only where something is sent
        from botocore.config import Config

        config = Config(
            connect_timeout=min(_CONNECT, self._timeout),
            read_timeout=self._timeout,
            retries={"total_max_attempts": 1, "mode": "standard"},
            max_pool_connections=_AT_ONCE,
            tcp_keepalive=True,
        )
        # A session of its own: the default one is shared, and making clients of it is not safe between threads.
        client: Any = boto3.session.Session().client(self._name, config=config, **self._account())
        client.meta.events.register("before-parse", _failed)
        return client

    def call(self, operation: str, **request: Any) -> str:
        """One request; the message id that it is answered with. Raises Refused, Unavailable or Uncertain."""
        client = self._ready()
        answer = _sorted_out(lambda: getattr(client, operation)(**request))
        found = answer.get("MessageId")
        if not isinstance(found, str) or not found:
            raise Uncertain("answer_unreadable")
        return found


def _sorted_out(request: Callable[[], Any]) -> dict[str, Any]:
    """The answer to a request; what an error repeats of the request, such as an address, is left behind."""
    from botocore import exceptions, parsers

    try:
        return dict(request())
    except exceptions.ClientError as error:
        raise _refusal(error.response) from None
    except exceptions.ParamValidationError:
        raise Refused("message_invalid") from None
    except (
        exceptions.ConnectTimeoutError,
        exceptions.EndpointConnectionError,
        exceptions.ProxyConnectionError,
    ):
        raise Unavailable("provider_unreachable") from None
    except (
        exceptions.NoCredentialsError,
        exceptions.PartialCredentialsError,
        exceptions.CredentialRetrievalError,
        exceptions.TokenRetrievalError,
        exceptions.SSOError,
    ):
        raise Unavailable("not_signed_in") from None
    except (parsers.ResponseParserError, AttributeError, LookupError, TypeError):
        raise Uncertain("answer_unreadable") from None
    except (exceptions.BotoCoreError, ValueError, OSError):
        raise Uncertain("no_answer") from None


def _failed(response_dict: dict[str, Any], **_: Any) -> None:
    """A server that failed, ours or one in between, need not answer in words that can be read."""
    if response_dict["status_code"] >= 500:
        raise Unavailable("provider_failed", _asked(str(response_dict["headers"].get("retry-after", ""))))


def _refusal(answer: Any) -> Refused | Unavailable | Uncertain:
    """What an answer that is an error means: a fault of the message, or of the channel, which is then tried again."""
    code = str(answer.get("Error", {}).get("Code", ""))
    about = answer.get("ResponseMetadata", {})
    status = int(about.get("HTTPStatusCode", 0))
    wait = _asked(str(about.get("HTTPHeaders", {}).get("retry-after", "")))
    if status == _TOO_MANY or "hrottl" in code or code in _THROTTLED:
        return Unavailable("throttled", wait)
    if code in _OURS or status in _NOT_LET_IN:
        return Unavailable("account_not_ready", wait)
    if 400 <= status < 500:
        return Refused("endpoint_disabled" if code in _NO_ENDPOINT else "rejected")
    return Uncertain("answer_unreadable")


def _asked(retry_after: str) -> float:
    """The seconds of a Retry-After; a date there is left aside."""
    if not (retry_after.isascii() and retry_after.isdecimal()):
        return 0.0
    return min(float(retry_after), _LONGEST_WAIT)
