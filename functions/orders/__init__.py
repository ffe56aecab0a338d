"""The function that submits, looks up and settles orders."""
