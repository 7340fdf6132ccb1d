"""openai, called for real."""

from __future__ import annotations

import openai

from tests.conformance.recipes.served import recipes_for

RECIPES = recipes_for(openai, "OpenAI", "AsyncOpenAI", "/chat/completions")
