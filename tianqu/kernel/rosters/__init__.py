"""Rosters: shifts with needs, wishes, a search with reasons, publishing, swaps, for whatever shares shifts."""
