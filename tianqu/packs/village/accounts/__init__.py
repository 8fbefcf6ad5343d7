"""The accounts of a village's book: the chart's, those that the book opened below them, and what each holds."""
