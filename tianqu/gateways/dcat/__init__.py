"""DCAT-AP 3: the catalogue of open datasets and figures as linked data, for the portals that harvest it."""
