"""Whether a model tells true claims from false ones, whatever it is asked and in which words."""
