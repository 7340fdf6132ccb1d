"""What is saved sealed, and loaded again, by every library: through the real interception, in the strict profile."""
