"""Fair answers of any size to what each shipped rule judges, and the smallest with which the rule can pass."""
