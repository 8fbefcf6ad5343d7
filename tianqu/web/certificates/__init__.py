"""Pages of certificates: asking for one, and the public page that a printed code leads to."""
