"""The registers of a village: what acts share, and what the database refuses."""
