"""The minutes of ordered services."""
