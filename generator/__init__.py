"""Gradient Descent, Frame by Frame: the generator. Rooms in the order of the flow; nothing in one knows a later one."""
