"""Hours: check-in by rotating code, confirmation by the leader, minutes in the ledger, and what is said against it."""
