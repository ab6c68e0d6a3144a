"""The version of the generator: the one place that says it."""

__version__ = "0.1.0"
