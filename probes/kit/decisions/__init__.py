"""Tables of decisions: how they are read, divided into groups and counted."""
