"""Shares the stage's fixture with this folder's tests."""

from tests.vault.keys_stage import own

__all__ = ["own"]
