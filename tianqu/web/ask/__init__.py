"""Asking and following: what a resident or a firm does, with or without an account."""
