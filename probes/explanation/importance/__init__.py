"""Which columns of a table decide: permutation importance, SHAP and LIME, with protected columns and their proxies."""
