"""Does the answer of a first turn hold where the user doubts it in the turns after it?"""
