"""Plans made by search: rosters of persons and shifts; pure, without tables."""
