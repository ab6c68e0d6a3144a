"""What is made of each scenario: keys, cache, workers, products."""
