"""A table of any library seen one way: rows, columns, Arrow arrays, a sample, fingerprints. Never changes the table."""

from jupyter_mlsec.frames.frame import Frame, view

__all__ = ["Frame", "view"]
