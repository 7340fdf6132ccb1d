"""A folder per control; what they share is in `contract`. To add one: its folder, and its name here."""

CONTROLS = ("pii", "lineage", "models", "schema", "encryption", "loading", "privacy", "digests")
"""In the order the gate asks them: observers first, then deciders; then what reads files again in the background."""
