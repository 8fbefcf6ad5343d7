"""Tours: who goes where and when, computed, changed by hand, planned anew, published and carried out."""
