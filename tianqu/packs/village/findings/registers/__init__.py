"""What the acts on findings share: plain functions, each called within an act whose permission was asked for."""
