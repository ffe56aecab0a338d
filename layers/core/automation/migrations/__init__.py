"""Brings a database to the schema that this version expects, and says whether it is there."""
