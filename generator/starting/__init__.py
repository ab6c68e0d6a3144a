"""What an author begins with: files that are written once, and never over another."""
