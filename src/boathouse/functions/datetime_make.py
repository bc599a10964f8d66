"""Dates, times and timestamps made from parts or numbers."""
