"""Views, by what people come for."""
