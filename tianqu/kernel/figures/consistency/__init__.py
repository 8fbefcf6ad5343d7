"""The consistency checker of printed figures: pure Python, exact, without Django and without a database."""
