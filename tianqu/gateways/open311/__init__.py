"""Open311 GeoReport v2 (wiki.open311.org): our items as services, our public orders as service requests."""
