"""What a model knows by heart."""
