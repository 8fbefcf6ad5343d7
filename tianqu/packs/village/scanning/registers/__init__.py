"""What the acts on scans share."""
