"""Signing in and out, one's own account, sessions, keys, tokens and access log."""
