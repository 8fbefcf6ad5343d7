"""What the acts of the desk share."""
