"""Rosters of a team: shifts with needs, wishes, search, publishing, swaps."""
