"""Attachments by content hash, checked and re-encoded."""
