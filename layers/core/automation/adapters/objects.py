"""Files that may lie in S3."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from automation.errors import InvalidInput


@contextmanager
def on_disk(name: str) -> Iterator[Path]:
    """The file behind a path or an s3://bucket/key, as a path that is good inside the block.

    InvalidInput says that an object can't be fetched and why; a path is not looked at.
    """
    if not name.startswith("s3://"):
        yield Path(name)
        return
    place = urlsplit(name)
    with TemporaryDirectory() as directory:
        path = Path(directory) / Path(place.path).name
        _download(name, place.netloc, place.path.lstrip("/"), path)
        yield path


def _download(name: str, bucket: str, key: str, path: Path) -> None:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        boto3.client("s3").download_file(bucket, key, str(path))
    except (BotoCoreError, ClientError) as error:
        raise InvalidInput(name, f"can't be fetched: {error}", hint="check bucket, key and permissions") from error
