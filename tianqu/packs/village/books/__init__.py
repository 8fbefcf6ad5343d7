"""Beginning a village's book: opening it, its opening balances, and going over to a new chart of accounts."""
