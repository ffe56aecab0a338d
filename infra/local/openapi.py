"""`python -m infra.local.openapi` writes docs/openapi.json: the API as it describes itself."""

from __future__ import annotations

import json
from typing import Final

from api.app import create
from api.services import Services
from automation import runtime
from automation.adapters import documents
from automation.identity.keys import Keys
from automation.settings import Trust
from infra.local.template import ROOT

PATH: Final = ROOT / "docs" / "openapi.json"


def text() -> str:
    """The document, as it is committed; nothing is opened for it."""
    services = Services(runtime.opened, lambda now: [], Trust(), Keys("", documents.fetched))
    return json.dumps(create(services).openapi(), indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    PATH.write_text(text(), encoding="utf-8")
    print(f"written: {PATH}")


if __name__ == "__main__":
    main()
