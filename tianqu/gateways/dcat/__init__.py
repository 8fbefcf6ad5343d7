"""DCAT-AP 3: the catalogue of open datasets as linked data, for the portals that harvest it."""
