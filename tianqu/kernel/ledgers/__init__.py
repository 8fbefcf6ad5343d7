"""Double entry in any unit: books, accounts, transfers, periods, and balances that anybody can check."""
