"""Civic practice: stations and teams, volunteers and their profiles, activities, and hours that cannot be typed in."""
