"""Erasing a name from a village's registers and book, once nothing binds its bearer to the village any more."""
