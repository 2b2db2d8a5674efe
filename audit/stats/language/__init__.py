"""Estimators of what language models answer: biases of templates, associations of words, sizes of them."""
