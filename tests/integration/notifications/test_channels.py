"""The channels against a provider that refuses, fails, hangs and dies: each is told apart, after one request."""

from __future__ import annotations

import json
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest

from automation.channels import Channel, Outgoing, Refused, Unavailable, Uncertain
from automation.channels.email import SesEmail
from automation.channels.push import SnsPush
from automation.channels.sms import SnsSms
from tests.aws import signed_in
from tests.integration.notifications.provider import CUT, HALF, NEVER, XML, Answer, Provider, running

ENDPOINT = "arn:aws:sns:ap-south-1:123456789012:endpoint/GCM/app/device"
ADDRESSES = {"Email": "asha@example.com", "SMS": "+919999999999", "Push": ENDPOINT}
PATIENCE = 0.5
# What would have a library send a message again by itself.
STUBBORN = {"AWS_MAX_ATTEMPTS": "5", "AWS_RETRY_MODE": "adaptive"}
Outcome = Callable[[str, Answer], Refused | Unavailable | Uncertain]


def channel(name: str) -> Channel:
    made: dict[str, Callable[[], Channel]] = {
        "Email": lambda: SesEmail("us@example.com", PATIENCE),
        "SMS": lambda: SnsSms("AUTOMA", PATIENCE),
        "Push": lambda: SnsPush(PATIENCE),
    }
    return made[name]()


def message(name: str, address: str | None = None) -> Outgoing:
    html = "<p>whole</p>" if name == "Email" else ""
    return Outgoing(ADDRESSES[name] if address is None else address, "title", "text", html, "NOTE-1")


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Provider, dict[str, Channel]]]:
    """One provider, and channels whose connections live on from test to test, as they do in a worker."""
    with running() as one:
        yield one, {}


@pytest.fixture
def provider(server: tuple[Provider, dict[str, Channel]], monkeypatch: pytest.MonkeyPatch) -> Provider:
    one, _ = server
    one.asked.clear()
    signed_in(monkeypatch, one.url, **STUBBORN)
    return one


@pytest.fixture
def outcome(provider: Provider, server: tuple[Provider, dict[str, Channel]]) -> Outcome:
    """What a send raises, after exactly one request, in words without anybody's address."""
    _, channels = server

    def of(name: str, answer: Answer) -> Refused | Unavailable | Uncertain:
        one = channels.setdefault(name, channel(name))
        provider.answer = answer
        raised = sent(one, message(name))
        assert len(provider.asked) == 1, "every request is a message that may have been sent"
        said = "".join(traceback.format_exception(raised))
        for private in (ADDRESSES[name], ADDRESSES[name].strip("+")):
            assert private not in said
        return raised

    return of


def taken(name: str) -> Answer:
    """The answer of a provider that takes a message."""
    if name == "Email":
        return Answer(body='{"MessageId": "M1"}')
    said = "<PublishResponse><PublishResult><MessageId>M1</MessageId></PublishResult></PublishResponse>"
    return Answer(body=said, kind=XML)


def error(name: str, status: int, code: str, **headers: str) -> Answer:
    """An error as the service writes it: SES in JSON with the code in a header, SNS in XML."""
    said = f"no, not to {ADDRESSES[name]}"
    if name == "Email":
        return Answer(status, json.dumps({"message": said}), headers={"x-amzn-ErrorType": code} | headers)
    told = f"<Type>Sender</Type><Code>{code}</Code><Message>{said}</Message>"
    body = f"<ErrorResponse><Error>{told}</Error><RequestId>R1</RequestId></ErrorResponse>"
    return Answer(status, body, XML, headers)


def sent(one: Channel, what: Outgoing) -> Refused | Unavailable | Uncertain:
    """What a send raises."""
    try:
        taken_as = one.send(what)
    except (Refused, Unavailable, Uncertain) as error:
        return error
    pytest.fail(f"it was taken, as {taken_as}")


CHANNELS = pytest.mark.parametrize("name", ADDRESSES)


@CHANNELS
def test_what_is_taken_has_the_providers_id_after_one_request(name: str, provider: Provider) -> None:
    provider.answer = taken(name)
    assert channel(name).send(message(name)) == "M1"
    assert len(provider.asked) == 1


@CHANNELS
@pytest.mark.parametrize(
    ("status", "code", "kind", "reason"),
    [
        (429, "TooManyRequestsException", Unavailable, "throttled"),
        (400, "Throttling", Unavailable, "throttled"),
        (400, "ThrottledException", Unavailable, "throttled"),
        (500, "InternalFailure", Unavailable, "provider_failed"),
        (503, "ServiceUnavailable", Unavailable, "provider_failed"),
        (400, "SendingPausedException", Unavailable, "account_not_ready"),
        (400, "AccountSuspendedException", Unavailable, "account_not_ready"),
        (400, "MailFromDomainNotVerifiedException", Unavailable, "account_not_ready"),
        (400, "LimitExceededException", Unavailable, "account_not_ready"),
        (400, "PlatformApplicationDisabled", Unavailable, "account_not_ready"),
        (403, "AuthorizationError", Unavailable, "account_not_ready"),
        (403, "AccessDeniedException", Unavailable, "account_not_ready"),
        (403, "InvalidClientTokenId", Unavailable, "account_not_ready"),
        (403, "SignatureDoesNotMatch", Unavailable, "account_not_ready"),
        (403, "SomethingNew", Unavailable, "account_not_ready"),
        (400, "ExpiredToken", Unavailable, "account_not_ready"),
        (408, "RequestTimeout", Unavailable, "account_not_ready"),
        (400, "MessageRejected", Refused, "rejected"),
        (400, "BadRequestException", Refused, "rejected"),
        (400, "InvalidParameter", Refused, "rejected"),
        (400, "SomethingNew", Refused, "rejected"),
        (400, "EndpointDisabled", Refused, "endpoint_disabled"),
        (404, "NotFound", Refused, "endpoint_disabled"),
        (302, "Moved", Uncertain, "answer_unreadable"),
    ],
)
def test_errors_of_the_service_are_told_apart(
    name: str, outcome: Outcome, status: int, code: str, kind: type[BaseException], reason: str
) -> None:
    raised = outcome(name, error(name, status, code))
    assert (type(raised), raised.reason) == (kind, reason)


@CHANNELS
@pytest.mark.parametrize(
    ("asked", "after"),
    [("7", 7.0), ("0", 0.0), ("9" * 400, 3600.0), ("-5", 0.0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0.0)],
)
@pytest.mark.parametrize(("status", "code"), [(429, "TooManyRequestsException"), (503, "ServiceUnavailable")])
def test_patience_that_is_asked_for_is_passed_on_within_reason(
    name: str, outcome: Outcome, asked: str, after: float, status: int, code: str
) -> None:
    raised = outcome(name, error(name, status, code, **{"Retry-After": asked}))
    assert isinstance(raised, Unavailable)
    assert raised.after == after


@CHANNELS
@pytest.mark.parametrize(("manner", "reason"), [(NEVER, "no_answer"), (CUT, "no_answer"), (HALF, "answer_unreadable")])
def test_without_a_whole_answer_nobody_knows(name: str, outcome: Outcome, manner: str, reason: str) -> None:
    raised = outcome(name, replace(taken(name), manner=manner))
    assert (type(raised), raised.reason) == (Uncertain, reason)


@CHANNELS
@pytest.mark.parametrize(
    "body", ["", "rubbish", "<html><body>hello</body></html>", "[]", "null", "1", '{"MessageId": 5}', "{}", "<a>", "\0"]
)
def test_an_answer_that_nobody_can_read_may_mean_that_it_was_taken(name: str, outcome: Outcome, body: str) -> None:
    raised = outcome(name, Answer(body=body))
    assert (type(raised), raised.reason) == (Uncertain, "answer_unreadable")


@CHANNELS
@pytest.mark.parametrize("body", ["", "<html><body>Bad gateway</body></html>", "[]", "rubbish"])
def test_an_error_of_a_server_in_between_is_one_of_the_provider(name: str, outcome: Outcome, body: str) -> None:
    raised = outcome(name, Answer(502, body, "text/html"))
    assert (type(raised), raised.reason) == (Unavailable, "provider_failed")


@CHANNELS
def test_where_nobody_listens_nothing_was_sent(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with running() as gone:
        url = gone.url
    signed_in(monkeypatch, url, **STUBBORN)
    with pytest.raises(Unavailable, match="provider_unreachable"):
        channel(name).send(message(name))


@CHANNELS
def test_who_is_not_signed_in_has_sent_nothing(name: str, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    for gone in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(gone)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    with pytest.raises(Unavailable, match="not_signed_in"):
        channel(name).send(message(name))
    assert provider.asked == []


@CHANNELS
def test_without_a_region_nothing_is_sent_until_there_is_one(
    name: str, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.answer = taken(name)
    for gone in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(gone, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    one = channel(name)
    with pytest.raises(Unavailable, match="not_set_up"):
        one.send(message(name))
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    assert one.send(message(name)) == "M1"


BAD = {
    "Email": ["", "asha", "asha@", "@example.com", "asha@localhost", "a@b.in, c@d.in", "a@b.in;c@d.in", "a@b@c.in",
              "a@b.in\r\nBcc: c@d.in", "a@b.in\n", "Asha <a@b.in>", "a b@c.in", "a@b..in", "a@" + "b" * 250 + ".in"],
    "SMS": ["", "9999999999", "+", "+0919999999", "+91 99999 99999",
            "+919999999999,+918888888888", "+91999999999999999",
            "+919999999999\n", "+९१९९९९९९९९९", "asha@example.com"],
    "Push": ["", "device", "arn:aws:sns:ap-south-1:1:topic", "arn:aws:sns:ap-south-1:x:endpoint/GCM/a/b",
             ENDPOINT + "\n", ENDPOINT + " " + ENDPOINT],
}  # fmt: skip


@pytest.mark.parametrize(("name", "address"), [(name, each) for name, several in BAD.items() for each in several])
def test_an_address_that_is_none_is_refused_without_a_request(name: str, address: str, provider: Provider) -> None:
    with pytest.raises(Refused) as raised:
        channel(name).send(message(name, address))
    assert str(raised.value) == "address_invalid"
    assert provider.asked == []


@CHANNELS
def test_threads_that_begin_at_once_make_one_client(
    name: str, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.answer = taken(name)
    made: list[str] = []
    genuine = boto3.session.Session.client

    def counted(self: Any, service: str, **terms: Any) -> Any:
        made.append(service)
        return genuine(self, service, **terms)

    monkeypatch.setattr(boto3.session.Session, "client", counted)
    one, barrier, ids = channel(name), threading.Barrier(8), list[str]()

    def work() -> None:
        barrier.wait()
        ids.append(one.send(message(name)))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ids == ["M1"] * 8
    assert made == [{"Email": "sesv2"}.get(name, "sns")]
    assert len(provider.asked) == 8
