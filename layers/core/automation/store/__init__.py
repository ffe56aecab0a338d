"""The store: one small function per SQL statement, literal SQL, typed rows out. Callers own the transactions."""
