"""Talks in villages: what villages ordered for everybody there, given by speakers' teams in a round that is planned."""
