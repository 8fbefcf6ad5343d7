"""JSON-stat 2.0: the series of figures as cubes, for R, Python and JavaScript."""
