"""Releases as everybody reads them, with their papers and errata, and the button that makes them again."""
