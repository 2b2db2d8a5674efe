"""Composes a run: settings -> probes, data, policy -> subject -> answers -> the one document in its folder.

The command line and `fairwitness.run` both call it, so that the same inputs give the same document. Nothing here
prints: what a person may want to see while a run goes on is told to a `Watcher`.
"""
