"""Settings, addresses, the explicit list of packs and the command line."""
