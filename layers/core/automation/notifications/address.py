"""Addresses as others than their owner see them."""

from __future__ import annotations

from typing import Final

_DOT: Final = "•"
_SHORTEST: Final = 9


def masked(address: str) -> str:
    """An e-mail address, a phone number or an endpoint that its owner recognizes and nobody else can use."""
    name, at, domain = address.rpartition("@")
    if at:
        return f"{name[:1]}{_DOT * 3}@{domain}"
    if address.startswith("+") and len(address) >= _SHORTEST:
        return f"{address[:3]}{_DOT * (len(address) - 6)}{address[-3:]}"
    return f"{_DOT * 3}{address[-3:]}" if len(address) >= _SHORTEST else _DOT * 3
