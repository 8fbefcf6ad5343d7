"""Village oversight: what a village lets and to whom, judged by the law of the day, and shown to whoever asks."""
