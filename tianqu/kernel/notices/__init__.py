"""Who must be told what, by which channel, once."""
