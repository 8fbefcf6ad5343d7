"""What the acts of culture share."""
