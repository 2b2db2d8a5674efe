"""Which layers and heads carry what distinguishes two texts, found by patching activations of one into the other."""
