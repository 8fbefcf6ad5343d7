"""The types with which a pack declares itself, and their checks at start-up."""
