"""The function that reads prices into the NAV history."""
