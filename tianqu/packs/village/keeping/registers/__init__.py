"""What the acts of keeping a book share."""
