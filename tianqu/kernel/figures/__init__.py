"""Figures: what is printed, what it must agree with, and whether it does."""
