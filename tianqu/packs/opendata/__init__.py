"""Open data: the offices that describe and publish what the prefecture knows."""
