"""The figures of returns that stand."""
