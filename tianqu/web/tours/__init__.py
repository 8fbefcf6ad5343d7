"""The pages of tours: planned, seen as map and calendar, changed with the cost of each change, and public."""
