"""Plans over days: tours of troupes between places. Pure: no tables, no clock, no chance but what is given."""
