"""The rules by which a village's contracts are judged: dated declarations, and pure functions over facts."""
