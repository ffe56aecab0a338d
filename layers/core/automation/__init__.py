"""The engine: pure decisions, one engine, one store, ports and adapters."""
