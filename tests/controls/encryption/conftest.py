"""Shares the bench's fixtures with this folder's tests."""

from keys_stage import desk
from sealing_bench import benches, private_temp

__all__ = ["benches", "desk", "private_temp"]
