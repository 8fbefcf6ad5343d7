"""CSV on the Web: each open dataset as CSV with a description that programs read."""
