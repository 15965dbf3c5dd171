"""Commands of `bridgenotes manage`."""
