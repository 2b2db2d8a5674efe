"""Stand-ins for a model: those that say nothing, and of each probe the most biased ones and a fair one.

`answers` has what says nothing, `runs` a `Scenario` and how it is run whole, `every` the scenarios of all probes; the
other files are the families of probes.
"""
