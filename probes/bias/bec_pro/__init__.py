"""BEC-Pro: do people of one gender go with the professions in which that gender dominates?"""
