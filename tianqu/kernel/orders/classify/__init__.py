"""Text classification: what a request is about, how sure that is, and when to leave it to a human."""
