"""What the programme aims at: domains, tasks and measures, each beside the figure that shows whether it is reached."""
