"""The text of a bulletin: how it is written, read, checked and bound to figures."""
