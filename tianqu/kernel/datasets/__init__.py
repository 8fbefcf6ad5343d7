"""What the prefecture knows: described, kept as immutable Parquet at an index of the journal, queried, disclosed."""
