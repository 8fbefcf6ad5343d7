"""The auditors' desk: samples by a seed, a thread on each thing that is looked at, and trends over all villages."""
