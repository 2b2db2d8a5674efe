"""The adapter of scikit-learn style models, torch modules over tables, and files of decisions."""

from fairwitness.audit.tabular.estimator import Estimator
from fairwitness.audit.tabular.load import MODULES, Trust, inspect, load, model_file, reads
from fairwitness.audit.tabular.module import TableModule, table_module
from fairwitness.audit.tabular.predictions import ROW, PredictionsFile, check_predictions, load_predictions
from fairwitness.audit.tabular.published import ID, PublishedScores, is_answers, is_scores, load_lines, load_scores

__all__ = [
    "ID",
    "MODULES",
    "ROW",
    "Estimator",
    "PredictionsFile",
    "PublishedScores",
    "TableModule",
    "Trust",
    "check_predictions",
    "inspect",
    "is_answers",
    "is_scores",
    "load",
    "load_lines",
    "load_predictions",
    "load_scores",
    "model_file",
    "reads",
    "table_module",
]
