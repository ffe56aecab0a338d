"""Notifications: what clients are told, by which channels, and what each of them wants. Pure, no I/O."""
