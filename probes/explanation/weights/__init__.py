"""The weights of a model in numbers: norms, spectra, dead units, values that are none, heads that do the same."""
