"""The command `bridgenotes`."""
