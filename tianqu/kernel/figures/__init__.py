"""Indicators with their lineage down to rows, relations between them, and whether they can hold together."""
