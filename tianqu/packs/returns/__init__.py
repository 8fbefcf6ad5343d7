"""Statistical returns: an office asks units for figures, checks what they file, and keeps every revision."""
