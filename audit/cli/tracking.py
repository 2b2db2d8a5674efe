"""`fairwitness report -f mlflow`: a run told to the tracking server that MLflow's own settings name."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from typing import Any

from fairwitness.audit.cli.terminal import say
from fairwitness.audit.document import AUDIT
from fairwitness.audit.errors import CannotWrite, MissingExtra
from fairwitness.audit.records import Audit
from fairwitness.reports import markdown
from fairwitness.reports.outputs.tracking import Tracked, tracked

EXPERIMENT = "MLFLOW_EXPERIMENT_NAME"
MOST = 100
"""What MLflow takes at once."""


def log_run(audit: Audit, folder: Path) -> None:
    """Logs numbers, verdicts and the summary, no row and no page. Raises MissingExtra, CannotWrite."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    try:
        from mlflow.exceptions import MlflowException
        from mlflow.tracking import MlflowClient
    except ImportError as error:
        raise MissingExtra(f"-f mlflow needs MLflow ({error}): pip install 'fairwitness[mlflow]'") from error
    try:
        client = MlflowClient()
        experiment = _experiment(client, os.environ.get(EXPERIMENT) or "fairwitness")
        run = _logged(client, experiment, audit, folder)
    except (MlflowException, OSError) as error:
        raise CannotWrite(f"MLflow did not take the run: {' '.join(str(error).split())[:300]}") from error
    say(f"MLflow run {run} of experiment {experiment}: {client.tracking_uri}")


def _experiment(client: Any, name: str) -> str:
    known = client.get_experiment_by_name(name)
    return str(known.experiment_id if known is not None else client.create_experiment(name))


def _logged(client: Any, experiment: str, audit: Audit, folder: Path) -> str:
    record = tracked(audit)
    digest = hashlib.sha256((folder / AUDIT).read_bytes()).hexdigest() if (folder / AUDIT).is_file() else ""
    name = record.parameters.get("model", "")[:100]
    run = str(client.create_run(experiment, run_name=name, tags={"fairwitness.audit_sha256": digest}).info.run_id)
    try:
        _send(client, run, record)
        client.log_text(run, markdown.render(audit), "report.md")
    except BaseException:
        client.set_terminated(run, "KILLED")
        raise
    client.set_terminated(run, "FAILED" if audit.exit_code else "FINISHED")
    return run


def _send(client: Any, run: str, record: Tracked) -> None:
    from mlflow.entities import Metric, Param, RunTag

    now = int(1000 * time.time())
    metrics = [Metric(name, value, now, 0) for name, value in record.metrics.items()]
    parameters = [Param(name, value) for name, value in record.parameters.items()]
    tags = [RunTag(name, value) for name, value in record.tags.items()]
    client.log_batch(run, params=parameters)
    for kind, entries in (("metrics", metrics), ("tags", tags)):
        for begin in range(0, len(entries), MOST):
            client.log_batch(run, **{kind: entries[begin : begin + MOST]})
