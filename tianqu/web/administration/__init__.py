"""The administrator's pages: persons and posts, units, places, items, the calendar, and how the journal stands."""
