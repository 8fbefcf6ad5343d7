"""Places, units, posts and persons, with dates; who may do what where."""
