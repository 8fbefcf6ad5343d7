"""The types with which a pack declares itself, and their checks."""
