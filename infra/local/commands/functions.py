"""`automation invoke` and `automation serve`: the functions, called once or by their schedules."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from infra.local.commands import add

if TYPE_CHECKING:
    from infra.local.commands import Subparsers
    from infra.local.invoke import Answer

_INVOKE = """\
examples:
  automation invoke auto_invest                            with the function's own event.json
  automation invoke orders --event - < event.json
  automation invoke navs --event navs.json --at 2026-01-05T21:00:00+05:30

The result is printed as JSON; logs, and what jobs that it started did, go to standard error. An error is printed as
{"errorType": …, "errorMessage": …}, as Lambda answers, and the exit code is 1."""

_SERVE = """\
environment (or .env):
  AUTOMATION_SCHEDULER_ENABLED  false: start, but run nothing (default true)
  AUTOMATION_CHECK_INTERVAL     milliseconds between runs of every job, in place of the template's schedules
  AUTOMATION_NAV_FILE           the file or address that the navs job reads
  AUTOMATION_API_PORT           where the API listens on 127.0.0.1 (default 3000; 0: any free port)

The API needs a token: automation token --help

Ctrl-C or SIGTERM: nothing new starts, what runs ends after its present batch, exit code 0."""


def register(subparsers: Subparsers) -> None:
    """Add the commands."""
    parser = add(subparsers, "invoke", _invoke, "call a function as Lambda does", _INVOKE)
    parser.add_argument("function", metavar="FUNCTION", help="its folder (auto_invest) or logical id")
    parser.add_argument("--event", metavar="FILE", help="the event as JSON, - for standard input")
    parser.add_argument("--at", metavar="INSTANT", help="run as if it were this instant")
    serve = add(subparsers, "serve", _serve, "run the schedules of template.yaml and the API until Ctrl-C", _SERVE)
    serve.add_argument("--port", metavar="N", help="where the API listens, before AUTOMATION_API_PORT")


def _invoke(arguments: argparse.Namespace) -> int:
    import json
    import sys
    import traceback

    from automation.clock import SettableClock
    from automation.engine import audit
    from infra.local import inputs, stack
    from infra.local.invoke import Pokes, invoke, logs_to, sample_event

    event = inputs.json_object(arguments.event or str(sample_event(arguments.function)), sys.stdin)
    clock = SettableClock(inputs.instant("--at", arguments.at)) if arguments.at else None
    pokes = Pokes()
    with stack.opened() as opened, opened.runtime(clock, pokes) as runtime, logs_to(sys.stderr):
        with opened.runtime() as present:
            audit.invoked(present, arguments.function, arguments.at, inputs.person())
        answer, started = invoke(runtime, arguments.function, event, pokes)
    print(json.dumps(answer.payload, ensure_ascii=False))
    for job, other in started.items():
        print(f"started {job}: {_said(other)}", file=sys.stderr)
    if answer.error is not None and getattr(arguments, "debug", False):
        traceback.print_exception(answer.error)
    return 0 if answer.error is None else 1


def _said(answer: Answer) -> str:
    import json

    return json.dumps(answer.payload, ensure_ascii=False)


def _serve(arguments: argparse.Namespace) -> int:
    import sys

    from infra.local import http_server, schedules, stack
    from infra.local.invoke import logs_to
    from infra.local.serve import serve

    def say(line: str) -> None:
        print(line, flush=True)

    values = stack.environment()
    enabled = schedules.enabled(values)
    planned = schedules.planned(values)
    port = http_server.port_of(values | ({http_server.PORT: arguments.port} if arguments.port else {}))
    with stack.opened(say=say) as opened, logs_to(sys.stderr, values.get("POWERTOOLS_LOG_LEVEL", "ERROR")):
        serve(opened, planned, port, enabled=enabled, say=say)
    return 0
