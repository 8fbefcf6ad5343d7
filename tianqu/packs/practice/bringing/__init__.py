"""The register of volunteers that a place kept before it kept it here."""
