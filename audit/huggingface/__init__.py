"""The adapter of transformers and torch: loads a model and answers requests with it."""

import os

# Two spinning OpenMP threads on a busy machine are ten times slower than two sleeping ones; a user's own value stands.
# torch reads the variable once, when the imports below bring it in.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from fairwitness.audit.huggingface.load import inspect, load
from fairwitness.audit.huggingface.module import load_module
from fairwitness.audit.huggingface.source import Loading

__all__ = ["Loading", "inspect", "load", "load_module"]
