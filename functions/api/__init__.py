"""The HTTP API: routes, callers and problems; everything it does is done by the engine."""
