"""Building and merging indexes."""
