"""A theatre with weekend shows for a yuan: its hall, its door, its takings. Seats and tickets are the kernel's."""
