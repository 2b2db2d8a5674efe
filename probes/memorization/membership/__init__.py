"""Members and non-members that a user gives: does the model tell texts it was trained on from others?"""
