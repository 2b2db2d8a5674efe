"""Famous texts, texts written for this project and a user's own: which of them does the model know by heart?"""
