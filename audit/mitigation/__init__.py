"""Reference mitigations: what can be gained on a table, and at what price. To see what is possible, not to deploy.

`thresholds` decides by a threshold of its own for each group, `reweighing` gives rows weights that make the base rates
of groups equal, `augmentation` adds to each text its counterfactual with gendered words swapped. Pure: columns in,
columns out.
"""
