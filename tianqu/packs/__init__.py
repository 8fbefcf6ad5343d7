"""One folder a domain. Packs are leaves: nobody imports them."""
