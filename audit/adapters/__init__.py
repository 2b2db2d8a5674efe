"""Any model in memory as a subject: functions in a wrapper, fitted estimators, decisions in a DataFrame."""

from fairwitness.audit.adapters.adapting import WRAPPERS, adapt
from fairwitness.audit.adapters.classifier import Classifier
from fairwitness.audit.adapters.fitted import fitted
from fairwitness.audit.adapters.generator import Generator
from fairwitness.audit.adapters.image_writers import Captioner, ImageAnswerer
from fairwitness.audit.adapters.images import ImageClassifier, ImageMatcher
from fairwitness.audit.adapters.predictions import Predictions
from fairwitness.audit.adapters.scorer import Scorer
from fairwitness.audit.adapters.tabular import Tabular
from fairwitness.audit.adapters.tagger import Tagger

__all__ = [
    "WRAPPERS",
    "Captioner",
    "Classifier",
    "Generator",
    "ImageAnswerer",
    "ImageClassifier",
    "ImageMatcher",
    "Predictions",
    "Scorer",
    "Tabular",
    "Tagger",
    "adapt",
    "fitted",
]
