"""The probe of canaries: how well a model knows secrets that were planted in its training data."""
