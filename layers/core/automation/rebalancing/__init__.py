"""Rebalancing: how far a portfolio is from its targets, and the trades that bring it back. Pure decisions, no I/O."""
