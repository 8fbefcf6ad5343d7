"""The office's desk: the inbox, and everything about one request on one page with each act that is open now."""
