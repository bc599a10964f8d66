"""Queries and what becomes of them; `make bless` rewrites the answers."""
