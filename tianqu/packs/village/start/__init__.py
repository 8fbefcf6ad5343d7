"""What waits for whoever works on the books and registers of villages: the top of their desk's first page."""
