"""Pictures of groups: the rows of a user's folder, controls of whether a model sees, and a round about both."""
