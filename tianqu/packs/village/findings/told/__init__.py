"""What everybody may know of findings."""
