"""Democracy as evidence: four proposals and two disclosures of a matter, each a dated event with its own quorum."""
