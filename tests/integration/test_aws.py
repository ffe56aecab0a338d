"""What talks to AWS, against a mock of its services over real HTTP."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

import boto3
import psycopg
import pytest

from automation import database
from automation.adapters.objects import on_disk
from automation.errors import ConfigurationError, InvalidInput
from automation.runtime import assemble
from automation.settings import Settings
from tests.aws import mocked, signed_in


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with mocked() as url:
        yield url


@pytest.fixture(autouse=True)
def aws(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    signed_in(monkeypatch, endpoint)


def test_a_nav_file_in_s3_is_read_as_a_file_on_disk() -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="navs", CreateBucketConfiguration={"LocationConstraint": "ap-south-1"})
    text = b"scheme,date,nav\nA,2026-01-05,10.5\n"
    s3.put_object(Bucket="navs", Key="day/navs.csv.gz", Body=gzip.compress(text))
    with on_disk("s3://navs/day/navs.csv.gz") as path:
        assert gzip.decompress(path.read_bytes()) == text
    assert not path.exists()


def test_an_object_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput, match=r"s3://absent/navs\.csv: can't be fetched"), on_disk("s3://absent/navs.csv"):
        pass


def test_a_path_stays_itself(tmp_path: Path) -> None:
    with on_disk(str(tmp_path / "navs.csv")) as path:
        assert path == tmp_path / "navs.csv"


class Recorder(BaseHTTPRequestHandler):
    """Answers as Lambda answers an asynchronous invocation, and keeps what it was asked."""

    asked: ClassVar[list[tuple[str, str | None, bytes]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.append((self.path, self.headers["X-Amz-Invocation-Type"], body))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep the test's output quiet."""


def test_a_poke_is_one_asynchronous_invocation_of_the_named_function(monkeypatch: pytest.MonkeyPatch) -> None:
    server = HTTPServer(("127.0.0.1", 0), Recorder)
    thread = Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    try:
        poke = assemble(Settings(function_prefix="stack")).poke
        poke("auto_invest", datetime(2026, 1, 5, 4, 30, tzinfo=UTC))
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    path = "/2015-03-31/functions/stack-auto-invest/invocations"
    assert Recorder.asked == [(path, "Event", b'{"scheduled_for": "2026-01-05T04:30:00+00:00"}')]


def test_the_secret_of_the_database_is_its_url() -> None:
    url = "postgresql://app:word@db.example:5432/automation"
    arn = boto3.client("secretsmanager").create_secret(Name="database", SecretString=url)["ARN"]
    assert database.dsn(Settings(database_secret_arn=arn)) == url


def test_iam_sign_in_makes_a_token_for_this_host_and_user() -> None:
    settings = Settings(database_url="postgresql://app@db.example:5433/automation", database_iam_auth=True)
    parts = psycopg.conninfo.conninfo_to_dict(database.dsn(settings))
    token = urlsplit(f"//{unquote(str(parts['password']))}")
    query = parse_qs(token.query)
    assert (parts["host"], parts["user"], parts["sslmode"]) == ("db.example", "app", "require")
    assert token.netloc == "db.example:5433"
    assert (query["Action"], query["DBUser"]) == (["connect"], ["app"])


def test_without_any_database_the_variables_are_named() -> None:
    with pytest.raises(ConfigurationError, match="no database is configured") as refused:
        database.dsn(Settings())
    assert "DATABASE_URL" in refused.value.hint
