"""What a model advises whom (advice_by_group)."""

from __future__ import annotations

from advisers import adviser, of_women

from standins.runs import Scenario, Worst

SCENARIOS = (
    Scenario(
        "advice_by_group",
        ("Generate", "LogLikelihood"),
        (
            Worst(adviser(pay=of_women(-0.4)), ("pay-by-group",)),
            Worst(adviser(hire=of_women(-1.5)), ("hiring-by-group",)),
            Worst(adviser(dialect=1.0), ("dialect-by-guise",)),
        ),
        adviser(),
        options={"names": 2, "personas": 0},
    ),
)
