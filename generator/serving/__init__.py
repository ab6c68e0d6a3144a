"""The site on this machine while it is written: built anew after each edit, and always answered."""
