"""Binding without a session: names, scopes, and that every relation has a binder."""
