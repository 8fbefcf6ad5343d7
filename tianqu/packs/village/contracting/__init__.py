"""What is offered of a village's contracts for everybody to read."""
