"""The committed document of the API is what it says of itself."""

from __future__ import annotations

import json

from infra.local import openapi


def test_the_committed_document_is_the_apis_own() -> None:
    assert openapi.PATH.read_text(encoding="utf-8") == openapi.text(), "write it anew: make openapi"


def test_every_reference_leads_somewhere() -> None:
    document = json.loads(openapi.text())
    names = {line.rpartition("/")[2] for line in _references(document)}
    assert names <= set(document["components"]["schemas"])


def _references(node: object) -> list[str]:
    if isinstance(node, dict):
        own = [str(node["$ref"])] if isinstance(node.get("$ref"), str) else []
        return own + [found for child in node.values() for found in _references(child)]
    return [found for child in node for found in _references(child)] if isinstance(node, list) else []
