"""A client's standing: whether anything may be traded for it."""

from __future__ import annotations


def may_not_trade(status: str, kyc_status: str) -> str | None:
    """Why nothing may be traded for a client now, or None."""
    if status != "Active":
        return "client_inactive"
    return None if kyc_status == "Verified" else "kyc_not_verified"
