"""The demonstration's district, with as many stations, teams and volunteers as one reported."""
