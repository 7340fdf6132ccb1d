"""Shares the bench's fixtures with this folder's tests."""

from sealing_bench import benches, private_temp

__all__ = ["benches", "private_temp"]
