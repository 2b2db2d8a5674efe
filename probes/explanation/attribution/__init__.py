"""Which words move the answer: SHAP, LIME and integrated gradients, each with a check of its own."""
