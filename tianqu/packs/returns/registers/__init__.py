"""What the acts of returns share: things within sight, what was sent before, and what is recorded."""
