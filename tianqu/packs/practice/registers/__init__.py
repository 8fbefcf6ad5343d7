"""What the acts of civic practice share: the queue of an activity."""
