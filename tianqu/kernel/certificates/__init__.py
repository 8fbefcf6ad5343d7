"""Certificates of what an account of a ledger holds: a paper with a proof that anybody verifies."""
