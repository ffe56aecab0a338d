"""The function that executes auto-invest rules that are due."""
