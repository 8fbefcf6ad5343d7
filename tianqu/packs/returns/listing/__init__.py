"""The lists of returns: what is asked for, campaigns, and what is to be filed."""
