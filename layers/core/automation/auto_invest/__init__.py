"""Auto-invest: pure decisions. Facts in, decisions out, no I/O."""
