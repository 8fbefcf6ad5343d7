"""What the office declares: troupes, works, contracts with their prices, and its budget."""
