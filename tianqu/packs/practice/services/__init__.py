"""Ordered services: the menu, whom to ask, taken and served, confirmed and rated by both sides, thanked for."""
