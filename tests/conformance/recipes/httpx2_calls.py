"""httpx2, called for real."""

from __future__ import annotations

import httpx2

from tests.conformance.recipes.httpx_calls import recipes_for

RECIPES = recipes_for(httpx2)
