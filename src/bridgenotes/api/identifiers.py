"""Numbers in addresses and answers of the API."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bridgenotes.posts.queries import LARGEST_ID

PublicId = Annotated[int, Field(ge=1, le=LARGEST_ID)]
"""The number of a note or post in an address; answers write numbers as text, since JavaScript rounds them."""
