"""The function that brings the schema of the database up to date."""
