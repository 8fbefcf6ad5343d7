"""The public log over HTTP: https://c2sp.org/tlog-tiles, and a witness for the logs of others."""
