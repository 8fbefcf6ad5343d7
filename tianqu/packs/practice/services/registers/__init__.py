"""What the steps of an ordered service share: who belongs to which side, and what is booked."""
