"""How runs are drawn: the only room that knows Matplotlib and the formats of pictures."""
