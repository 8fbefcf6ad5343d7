"""Certificates of hours: a paper with a proof that anybody verifies."""
