"""What ``tianqu`` can be told on the command line: one module a command, none of which imports Django at its top."""
