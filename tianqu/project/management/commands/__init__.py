"""One module a command, by the name that Django looks for."""
