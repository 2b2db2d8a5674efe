"""A classifier of texts as a filter: what it lets through and what it stops for nothing, group by group."""
