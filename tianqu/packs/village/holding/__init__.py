"""Fixed assets, funds, claims and debts of villages, read."""
