"""The stack on a laptop: PostgreSQL, the schedules of template.yaml, and the command line."""
