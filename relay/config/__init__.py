"""What the relay was told: environment and YAML, read once, frozen."""
