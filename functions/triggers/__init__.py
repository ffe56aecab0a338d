"""Trigger orders."""
