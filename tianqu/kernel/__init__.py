"""The rooms that every pack stands on; each is entered through its api module only."""
