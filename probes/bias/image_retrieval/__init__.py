"""Pictures ranked by neutral texts: is one group more among the first than it is in the collection?"""
