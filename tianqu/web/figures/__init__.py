"""Pages of figures: each with its way down to the rows, its proof, and whether it can hold with the others."""
