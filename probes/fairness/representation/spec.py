"""What the probe asks, where its methods come from, and what it cannot tell."""

from __future__ import annotations

from fairwitness.audit.records import DataNeed, ProbeSpec
from fairwitness.probes.fairness.group_fairness import SPEC as DECISIONS

SPEC = ProbeSpec(
    name="representation",
    version="1.0",
    family="fairness",
    title="Who is in the data",
    question="Which groups do the data hold, how do outcomes and empty cells differ, and what gives a group away?",
    why=(
        "A rate of a group is only as good as the rows behind it. Groups that are few, labelled otherwise or recorded "
        "less completely are served worse by what is learnt from such data, and a model that never sees a group column "
        "can still find the group in the other columns."
    ),
    how_to_read=(
        "A share runs from 0 to 1. A difference is a group's share minus that of the reference group, or of the "
        "population where one is given: 0 is no difference. The intervals of one column hold for all its groups at "
        "once. The proxy AUC says how well a group can be told from all other rows by the other columns, on rows that "
        "were not learnt from: 0.5 is guessing, 1 is always right. A high one does not say that a model uses the "
        "group, only that leaving the group column out does not hide it."
    ),
    needs=((),),
    citations=(
        "Goodman 1965, On Simultaneous Confidence Intervals for Multinomial Proportions, Technometrics 7, 247-254",
        "Newcombe 1998, Interval Estimation for the Difference Between Independent Proportions, Statistics in "
        "Medicine 17, 873-890",
        "Hothorn, Bretz & Westfall 2008, Simultaneous Inference in General Parametric Models, Biometrical Journal 50",
        "DeLong, DeLong & Clarke-Pearson 1988, Comparing the Areas under Two or More Correlated Receiver Operating "
        "Characteristic Curves, Biometrics 44, 837-845",
        "LeDell, Petersen & van der Laan 2015, Computationally efficient confidence intervals for cross-validated area "
        "under the ROC curve estimates, Electronic Journal of Statistics 9, 1583-1607",
        "Nadeau & Bengio 2003, Inference for the Generalization Error, Machine Learning 52, 239-281",
        "Feldman et al. 2015, Certifying and Removing Disparate Impact (predictability of a group), "
        "https://arxiv.org/abs/1412.3756",
        "Gebru et al. 2021, Datasheets for Datasets, https://arxiv.org/abs/1803.09010",
    ),
    limits=(
        "It describes the table it was given; what a model was trained on may be another one.",
        "It does not say how large a group ought to be, nor why its outcomes or empty cells differ.",
        "Rows are taken to be independent people; repeated rows of one person make intervals too narrow.",
        "Shares of a population are taken as exact.",
        "The proxy AUC is that of one kind of model (gradient-boosted trees); another may tell groups apart better. "
        "Its interval is for models learnt from so many rows of this table and leaves out how much these models vary.",
        "Groups that the table does not name are not seen.",
    ),
    data=(
        *DECISIONS.data,
        DataNeed(
            "population",
            "shares of the groups in a population (columns column, group, share)",
            ("column", "group", "share"),
            required=False,
        ),
    ),
)
