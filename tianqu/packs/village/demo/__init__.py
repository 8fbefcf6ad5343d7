"""Invented books and registers of villages for 2019 and 2020, from a seed. Villages are real, the rest is made up.

``planning`` invents without a database: the same seed plans the same to the byte. ``writing`` brings it in by acts.
"""
