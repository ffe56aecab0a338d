"""What the stack stands on: SQL migrations, and the same stack on a laptop."""
