"""Trigger orders: what fires them, what they order then, and the words for both. Pure decisions, no I/O."""
