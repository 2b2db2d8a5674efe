"""The same text about someone else: does a classifier decide otherwise when only the group in a text is another?"""
