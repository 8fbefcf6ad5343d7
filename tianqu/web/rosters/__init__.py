"""Pages of rosters: one's own shifts and wishes, a roster for everybody, and the desk of whoever leads."""
