"""What people are told, in their language: written from templates in files, safe on every channel."""

from __future__ import annotations

from automation.wording.html import as_html
from automation.wording.letter import Content, Reader, digest, write

__all__ = ["Content", "Reader", "as_html", "digest", "write"]
