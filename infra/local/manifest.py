"""`python -m infra.local.manifest` writes infra/migrations/expected.json, from a new database."""

from __future__ import annotations

import tempfile
from pathlib import Path

from automation.database import connect
from automation.migrations.apply import migrate
from automation.migrations.verify import MANIFEST, manifest_text
from infra.local.postgres import Server

MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        server = Server(Path(directory) / "postgres", durable=False)
        try:
            with connect(server.start()) as connection:
                migrate(connection, MIGRATIONS)
                (MIGRATIONS / MANIFEST).write_text(manifest_text(connection, MIGRATIONS), encoding="utf-8")
        finally:
            server.erase()
    print(f"written: {MIGRATIONS / MANIFEST}")


if __name__ == "__main__":
    main()
