"""The append-only public log: acts, entries, sequencer, tiles, proofs, witnesses."""
