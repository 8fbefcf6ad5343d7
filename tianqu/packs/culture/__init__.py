"""Culture for villages: the people order, the government pays. The menu, orders, budgets, evidence, ratings."""
