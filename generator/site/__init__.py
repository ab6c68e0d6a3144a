"""From plain Markdown to a published site: staged, built by the engine, checked, swapped."""
