"""Pure Python that knows neither Django nor a database: errors, time, money, canonical JSON, identifiers."""
