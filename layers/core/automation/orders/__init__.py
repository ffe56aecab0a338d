"""Order words: what is ordered, what a gateway answers, what is checked before submitting. Pure, no I/O."""
