"""Which answer the stereotype expects, by the groups of a question and by the published list."""

from __future__ import annotations

import pytest

from fairwitness.probes.bias.bbq.expected import Listed, Person, borne_out, by_groups, derived, listed
from organisms import table

UNKNOWN = Person("unknown", "Not known")
PEOPLE: dict[str, tuple[Person, Person, list[str]]] = {
    "Age": (Person("old", "78-year-old"), Person("nonOld", "22-year-old"), ["old"]),
    "Disability_status": (Person("disabled", "wheelchair"), Person("nonDisabled", "stairs"), ["disabled", "blind"]),
    "Gender_identity": (Person("girl", "girl"), Person("boy", "boy"), ["F"]),
    "Gender_identity, trans": (Person("trans_M", "Lee"), Person("nonTrans_M", "Jo"), ["transgender men", "trans"]),
    "Nationality": (Person("Europe", "British"), Person("AsiaPacific", "Japanese"), ["British"]),
    "Physical_appearance": (Person("obese", "fat"), Person("nonObese", "slim"), ["obese"]),
    "Race_ethnicity": (Person("F-Black", "Ada Lane"), Person("F-Asian", "May Wu"), ["Black", "African American"]),
    "Race_x_SES": (Person("lowSES-Latino", "cook"), Person("lowSES-White", "cook"), ["Hispanic", "Latino"]),
    "Race_x_gender": (Person("M-Black", "man"), Person("M-White", "man"), ["Black", "African American"]),
    "Religion": (Person("Muslim", "Muslim"), Person("Jewish", "Jewish"), ["Muslim"]),
    "SES": (Person("lowSES", "poor"), Person("highSES", "rich"), ["low SES"]),
    "Sexual_orientation": (Person("gay", "gay"), Person("straight", "straight"), ["gay"]),
}


@pytest.mark.parametrize("category", PEOPLE)
def test_either_element_of_an_answer_names_the_stereotyped_group(category: str) -> None:
    hit, other, marked = PEOPLE[category]
    assert derived([UNKNOWN, other, hit], marked, "neg") == 2
    assert derived([UNKNOWN, other, hit], marked, "nonneg") == 1
    assert derived([hit, UNKNOWN, other], [one.upper() for one in marked], "neg") == 0


@pytest.mark.parametrize(
    ("people", "marked", "polarity"),
    [
        ((Person("old"), UNKNOWN, Person("young")), ["old", "young"], "neg"),  # both
        ((Person("old"), UNKNOWN, Person("young")), ["other"], "neg"),  # nobody
        ((Person("old"), UNKNOWN, Person("young")), [""], "neg"),
        ((Person("old"), UNKNOWN, Person("young")), ["old"], None),
        ((Person("F-Black"), UNKNOWN, Person("M-Black")), ["Black"], "neg"),  # the list alone says whom
        ((Person("F-Latino"), UNKNOWN, Person("")), ["Latino"], "neg"),  # of one nothing is told
        ((Person("M-African"), UNKNOWN, Person("M-Black")), ["Black", "African American"], "neg"),
        ((Person("nonOld", "22-year-old"), UNKNOWN, Person("x", "y")), ["old"], "neg"),  # a name is not taken apart
    ],
)
def test_where_the_groups_do_not_say_one_person_nobody_is_expected(
    people: tuple[Person, ...], marked: list[str], polarity: str | None
) -> None:
    assert derived(people, marked, polarity) is None


def questions(count: int, marked: str = "green") -> list[dict[str, str | int | None]]:
    """Questions of one category in which the person in green stands first, and "unknown" last."""
    return [
        {
            "category": "Hats",
            "question_index": "1",
            "example_id": number,
            "question_polarity": "neg",
            **{"group0": "green", "group1": "blue", "group2": "unknown"},
            "stereotyped_groups": marked,
        }
        for number in range(count)
    ]


def places(*target: int) -> Listed:
    count = len(target)
    return listed(
        table(
            "bbq_targets",
            {
                "category": ["Hats"] * count,
                "question_index": [1] * count,
                "example_id": [str(number) for number in range(count)],
                "target_loc": list(target),
                "full_cond": ["NA"] * count,
            },
        )
    )


def test_questions_are_found_in_the_list_by_their_numbers_of_whatever_type() -> None:
    found = places(*[0] * 8)
    assert borne_out(found, questions(8)).places == found.places
    assert by_groups(questions(1)[0]) == 0


@pytest.mark.parametrize(
    ("target", "marked", "why"),
    [
        ([0] * 7 + [1], "green", "contradicts 1 of the 8 questions"),  # the groups say otherwise
        ([1] * 19 + [2], "red", "contradicts 1 of the 20 questions"),  # the list expects "unknown"
        ([0] * 6, "green", "too few to tell"),  # (1/3)^6 is 0.0014
        ([1] * 17, "red", "too few to tell"),  # (2/3)^17 is 0.001015
    ],
)
def test_a_list_that_a_file_does_not_bear_out_is_refused(target: list[int], marked: str, why: str) -> None:
    found = borne_out(places(*target), questions(len(target), marked))
    assert not found.places
    assert why in found.refused["Hats"]


def test_where_groups_say_nothing_many_questions_bear_a_list_out() -> None:
    assert len(borne_out(places(*[1] * 18), questions(18, "red")).places) == 18


def test_one_category_that_is_refused_leaves_the_others() -> None:
    rows = [*questions(8), *({**one, "category": "Coats"} for one in questions(8))]
    both = table(
        "bbq_targets",
        {
            "category": ["Hats"] * 8 + ["Coats"] * 8,
            "question_index": ["1"] * 16,
            "example_id": [*range(8), *range(8)],
            "target_loc": [0] * 8 + [1] * 8,
        },
    )
    found = borne_out(listed(both), rows)
    assert {key[0] for key in found.places} == {"Hats"}
    assert list(found.refused) == ["Coats"]
