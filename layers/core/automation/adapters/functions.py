"""Start another Lambda function without waiting for it."""

from __future__ import annotations

import boto3


def invoke(function: str, payload: str) -> None:
    """Queue one asynchronous invocation of a function with a JSON payload.

    Source: Lambda `Invoke` with InvocationType Event, which answers 202 once the event is queued.
    """
    boto3.client("lambda").invoke(FunctionName=function, InvocationType="Event", Payload=payload.encode())
