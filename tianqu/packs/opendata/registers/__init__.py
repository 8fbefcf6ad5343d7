"""The register of information systems."""
