"""Turning an index into text."""
