"""Where models are trained: the only room that knows PyTorch."""
