"""A volunteer's own profile, the teams they are in, and a guardian's consent."""
