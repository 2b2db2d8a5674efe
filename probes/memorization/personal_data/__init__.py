"""Personal data that a model gives away."""
