"""Adapters to the services of AWS, each behind one function."""
