"""Spreading the files over threads."""
