"""Plans made by search: rosters of persons and shifts, tours of troupes between places; pure, without tables."""
