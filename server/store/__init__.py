"""What is kept: per run a log of its events and the numbers of its tensors, and one catalogue of all runs."""
