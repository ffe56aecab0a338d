"""The one story: run row, claim a batch, load facts, decide, record, next batch, finish run."""
