"""Dates and times: business days, what a schedule means, the occurrences of a rule. Pure."""
