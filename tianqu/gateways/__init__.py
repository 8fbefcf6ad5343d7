"""One folder a foreign protocol."""
