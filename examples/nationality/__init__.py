"""An installable probe: see `probe.py`."""
