"""Pages of occasions: what happens near me, one occasion with its places, tickets, doors, and who leads."""
