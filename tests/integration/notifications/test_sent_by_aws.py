"""Messages that go to AWS, as a mock of it over real HTTP has them in the end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends
from moto.sns.models import sns_backends

from automation import runtime
from automation.channels import Outgoing, Refused, Unavailable
from automation.channels.email import SesEmail
from automation.channels.push import SnsPush
from automation.channels.sms import SnsSms
from automation.settings import Settings
from tests import builders
from tests.aws import REGION, mocked, signed_in
from tests.builders import Row
from tests.post_office import PostOffice, furnish

SENDER = "Automation <us@example.com>"
ASHA = "asha@example.com"


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    with mocked() as url:
        yield url


@pytest.fixture(autouse=True)
def account(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fresh account that may send from our own address."""
    signed_in(monkeypatch, aws)
    ses_backends[DEFAULT_ACCOUNT_ID][REGION].reset()
    sns_backends[DEFAULT_ACCOUNT_ID][REGION].reset()
    boto3.client("sesv2").create_email_identity(EmailIdentity="us@example.com")


def emails() -> list[Any]:
    return list(ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages)


def texts() -> dict[str, tuple[str, str]]:
    """The (phone, text) of each SMS by its id."""
    return dict(sns_backends[DEFAULT_ACCOUNT_ID][REGION].sms_messages)


def pushed(endpoint: str) -> dict[str, str]:
    """The messages of an endpoint by their ids."""
    return dict(sns_backends[DEFAULT_ACCOUNT_ID][REGION].platform_endpoints[endpoint].messages)


def device(enabled: str = "true") -> str:
    """The endpoint of a device."""
    sns = boto3.client("sns")
    terms = {"PlatformCredential": "key", "PlatformPrincipal": "cert"}
    app = sns.create_platform_application(Name="app", Platform="GCM", Attributes=terms)["PlatformApplicationArn"]
    made = sns.create_platform_endpoint(PlatformApplicationArn=app, Token="t", Attributes={"Enabled": enabled})
    return str(made["EndpointArn"])


def message(address: str, html: str = "") -> Outgoing:
    return Outgoing(address, "Grüße ₹1", "Hallo\n\nüber ₹1", html, "NOTE-1")


def test_an_e_mail_arrives_as_it_was_handed_over() -> None:
    sent = SesEmail(SENDER).send(message(ASHA, "<p>über ₹1</p>"))
    (one,) = emails()
    assert (one.id, one.source, one.subject, one.body) == (sent, SENDER, "Grüße ₹1", "<p>über ₹1</p>")
    assert one.destinations == {"ToAddresses": [ASHA]}


def test_an_e_mail_without_html_is_sent_as_text() -> None:
    SesEmail(SENDER).send(message(ASHA))
    assert emails()[0].body == "Hallo\n\nüber ₹1"


def test_an_e_mail_of_a_sender_that_nobody_verified_is_refused() -> None:
    with pytest.raises(Refused, match="rejected"):
        SesEmail("them@elsewhere.example").send(message(ASHA))
    assert emails() == []


def test_an_sms_arrives_whole() -> None:
    sent = SnsSms("AUTOMA").send(message("+919999999999"))
    assert texts() == {sent: ("+919999999999", "Hallo\n\nüber ₹1")}


def test_a_push_message_has_a_form_for_each_platform() -> None:
    endpoint = device()
    sent = SnsPush().send(message(endpoint))
    forms = json.loads(pushed(endpoint)[sent])
    assert set(forms) == {"default", "APNS", "APNS_SANDBOX", "GCM"}
    apple, google = json.loads(forms["APNS"]), json.loads(forms["GCM"])
    assert apple == {"aps": {"alert": {"title": "Grüße ₹1", "body": "Hallo\n\nüber ₹1"}}, "reference": "NOTE-1"}
    assert google["notification"] == {"title": "Grüße ₹1", "body": "Hallo\n\nüber ₹1"}
    assert google["data"] == {"reference": "NOTE-1"}


def test_a_device_that_is_switched_off_or_gone_is_refused() -> None:
    endpoint = device("false")
    with pytest.raises(Refused, match="endpoint_disabled"):
        SnsPush().send(message(endpoint))
    boto3.client("sns").delete_endpoint(EndpointArn=endpoint)
    with pytest.raises(Refused, match="endpoint_disabled"):
        SnsPush().send(message(endpoint))


def test_an_account_that_is_gone_may_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(Unavailable, match="provider_unreachable"):
        SesEmail(SENDER).send(message(ASHA))


@pytest.fixture
def office(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[PostOffice]:
    """Asha can be told by every channel, and all of them are those of the settings."""
    for name, value in {
        "AUTOMATION_EMAIL_FROM": SENDER,
        "AUTOMATION_SMS": "true",
        "AUTOMATION_SMS_SENDER": "AUTOMA",
        "AUTOMATION_PUSH": "true",
        "DATABASE_URL": database_url,
    }.items():
        monkeypatch.setenv(name, value)
    with builders.world(database_url, "2026-01-05 12:00") as world:
        furnish(world.connection)
        office = PostOffice(world)
        world.runtime = runtime.assemble(Settings.from_environment(), clock=world.clock)
        yield office


def row(office: PostOffice, channel: str) -> Row:
    (found,) = office.world.rows("select * from notification_logs where channel = %s", channel)
    return dict(found)


def test_what_the_log_says_is_what_was_sent(office: PostOffice) -> None:
    endpoint = device()
    office.world.connection.execute("update clients set push_endpoint = %s", (endpoint,))
    office.prefer("In-App Email SMS Push")
    office.happen(name="<House> & Söhne", percent=50, target="200000")
    assert office.tick() == {"told": 1, "sent": 3}
    assert office.tick() == {}
    (email,) = emails()
    logged = row(office, "Email")
    assert (logged["status"], logged["provider_id"], logged["title"]) == ("Sent", email.id, email.subject)
    assert email.destinations == {"ToAddresses": [logged["address"]]}
    assert "&lt;House&gt; &amp; Söhne has reached 50 % of its ₹2,00,000.00." in email.body
    assert logged["body"] == "<House> & Söhne has reached 50 % of its ₹2,00,000.00."
    sms, push = row(office, "SMS"), row(office, "Push")
    assert texts() == {sms["provider_id"]: (sms["address"], sms["body"])}
    assert list(pushed(endpoint)) == [push["provider_id"]]
    assert json.loads(pushed(endpoint)[push["provider_id"]])["default"] == push["body"]


def test_what_aws_refuses_has_failed_and_the_rest_is_sent(office: PostOffice) -> None:
    endpoint = device("false")
    office.world.connection.execute("update clients set push_endpoint = %s, phone = '99999'", (endpoint,))
    office.prefer("In-App Email SMS Push")
    office.happen()
    assert office.tick() == {"told": 1, "sent": 1, "failed": 2}
    assert office.rows("SMS") == [("Failed", "address_invalid")]
    assert office.rows("Push") == [("Failed", "endpoint_disabled")]
    assert office.rows("Email") == [("Sent", None)]
    assert len(emails()) == 1


def test_what_a_channel_can_not_send_now_waits(office: PostOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as gone:
        gone.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        office.happen()
        office.tick()
        assert office.rows() == [("Pending", "provider_unreachable")]
    fresh = runtime.assemble(office.world.runtime.settings).channels
    office.world.runtime = replace(office.world.runtime, channels=fresh)
    office.world.later(minutes=10)
    office.tick()
    assert [status for status, _ in office.rows()] == ["Sent"]
    assert len(emails()) == 1
