"""A module a kind of figure, and what several of them share."""
