"""Occasions: something takes place at a time and a place, for so many; people book, wait, leave and come."""
