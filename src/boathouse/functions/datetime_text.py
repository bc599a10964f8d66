"""Dates and timestamps read from text and written as text."""
