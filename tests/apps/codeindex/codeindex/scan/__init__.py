"""Finding and reading sources."""
