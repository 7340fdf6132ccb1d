"""A folder per control; what they share is in `contract`."""
