"""Rebalancing."""
