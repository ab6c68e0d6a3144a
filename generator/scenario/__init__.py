"""What a TOML file asks for, checked before anything is trained."""
