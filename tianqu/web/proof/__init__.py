"""What anybody may check: one entry of the public log, the file that proves it, and the log as a whole."""
