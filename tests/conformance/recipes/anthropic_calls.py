"""anthropic, called for real."""

from __future__ import annotations

import anthropic

from tests.conformance.recipes.served import recipes_for

RECIPES = recipes_for(anthropic, "Anthropic", "AsyncAnthropic", "/v1/messages")
