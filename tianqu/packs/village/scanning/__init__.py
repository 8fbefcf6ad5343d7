"""The papers of a contract: its scanned pages, kept with it, opened by whom its parties may be known to."""
