"""Bulletins whose every number is bound: texts, their check, and what is made of them."""
