"""Portfolio words: lots and returns. Pure, no I/O."""
