"""The wall: what a village shows everybody of a quarter, as a page, as a poster, and as an entry of the public log."""
