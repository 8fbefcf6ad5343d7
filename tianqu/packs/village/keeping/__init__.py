"""Keeping a village's book: receipts, payments and transfers by form, the photos of their papers, and the months."""
