"""What runs leave behind, and what theory says of them: plain numbers, no PyTorch."""
