"""What villagers say: their village, wishes, votes and ratings."""
