"""The function table: one entry says all about a function; `registry` finds it by name."""
