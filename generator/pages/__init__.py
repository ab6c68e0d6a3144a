"""From authored Markdown and runs to plain Markdown: what a page can call, checked and rendered."""
