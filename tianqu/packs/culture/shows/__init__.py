"""A show from its order by the village to its payment."""
