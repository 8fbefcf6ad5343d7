"""A season's plan: which troupe comes to which village when, computed, changed by hand, planned anew, published."""
