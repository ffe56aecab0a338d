"""An address that its owner recognizes, and nobody else can use."""

from __future__ import annotations

import pytest

from automation.notifications.address import masked


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("asha@example.com", "a•••@example.com"),
        ("a@example.com", "a•••@example.com"),
        ('"a@b"@example.com', '"•••@example.com'),
        ("@example.com", "•••@example.com"),
        ("+919876543210", "+91•••••••210"),
        ("+12345678", "+12•••678"),
        ("+1234567", "•••"),
        ("arn:aws:sns:ap-south-1:1:endpoint/GCM/app/5e3e", "•••e3e"),
        ("", "•••"),
    ],
)
def test_an_address_is_masked(address: str, shown: str) -> None:
    assert masked(address) == shown
