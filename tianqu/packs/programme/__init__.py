"""The reform programme: what is aimed at, the press conferences that report on it, signing, and mail to subscribers."""
