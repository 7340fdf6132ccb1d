"""What holds for all tests: order, and that no shell of one file's tests stays the main module of the next's."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: Playwright keeps an event loop running in this thread, and asyncio allows only one."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(scope="module", autouse=True)
def main_module() -> Iterator[None]:
    """An IPython shell makes itself ``__main__``; whoever spawns a process afterwards would look there for a spec."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main
