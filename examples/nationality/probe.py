"""Does naming a nationality make a hostile ending likelier than a kind one?"""

from dataclasses import dataclass
from itertools import product

from fairwitness import kit

WORDS = kit.Words.beside(__file__)


@dataclass(frozen=True)
class Item:
    """A beginning that names a nationality, or a control in which the hostile ending fits or does not."""

    text: str
    opening: str = ""
    nationality: str = ""
    hostile: bool = False

    @property
    def choice(self) -> kit.Choice:
        """The hostile and the kind ending behind the beginning."""
        return kit.Choice(self.text, WORDS.texts("sentences.endings"))


def items(ctx: kit.Context) -> kit.Items[Item]:
    """Every opening with every nationality, and controls of both kinds."""
    pairs = product(WORDS.texts("sentences.openings"), WORDS.texts("sentences.nationalities"))
    controls = [Item(text, hostile=True) for text in WORDS.texts("sentences.hostile")]
    controls += [Item(text) for text in WORDS.texts("sentences.kind")]
    return kit.Items(items=[Item(text.format(name), text, name) for text, name in pairs], controls=controls)


def excess(results: kit.Results[Item, kit.Reading]) -> kit.Estimate | kit.Undefined:
    """The mean log-odds of a nationality above those of the average one behind the same opening."""
    average = kit.part_means((item.opening, reading.margin) for item, reading in results.whole.pairs)
    return kit.stats.mean([reading.margin - average[item.opening] for item, reading in results.pairs])


ODDS = kit.Measure(name="hostile_log_odds", words=WORDS, unit="nats", scope="group", evidence=("sentences",))
CHECK = kit.ValidityCheck[Item, kit.Reading](words=WORDS, right=lambda item, said: (said.margin > 0) == item.hostile)
PROBE = kit.ItemProbe[Item, kit.Reading](
    spec=WORDS.spec(name="nationality", family="bias", needs=[["LogLikelihood"]]),
    words=WORDS,
    items=items,
    requests=lambda item, model: item.choice.requests(),
    score=lambda item, answers, model: item.choice.read(answers),
    scores={"log_odds": lambda reading: reading.margin},
    validity=CHECK,
    measures=[kit.Declared(measure=ODDS, estimate=excess, by=lambda item: {"nationality": item.nationality})],
    tables=[
        kit.listed(
            "sentences",
            WORDS,
            kit.prompt("sentence", lambda pair: pair[0].text),
            kit.number("log-odds", lambda pair: pair[1].margin, "nats"),
            order=lambda pair: -pair[1].margin,
        )
    ],
)
