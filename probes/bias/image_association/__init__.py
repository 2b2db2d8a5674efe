"""Pictures of one group and texts: does a model match them with other texts than pictures of another group?"""
