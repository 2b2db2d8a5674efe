"""Gendered English words in pairs, and the words that tell apart the two meanings of "her" and "his".

Written for this project. What to swap follows the idea of counterfactual augmentation (Zhao et al. 2018, Lu et al.
2018); the pairs are common words of which each has one counterpart. Left out on purpose: words that are as often
something else ("miss", "guys", "bachelor", "witch"), titles of offices that are also surnames ("king", "duke"), and
animals.
"""

from __future__ import annotations

from collections.abc import Mapping

_PAIRS = """
he she | himself herself
man woman | men women | boy girl | boys girls | male female | males females | masculine feminine
gentleman lady | gentlemen ladies | mr ms | sir madam | fellow lass
father mother | fathers mothers | dad mom | dads moms | daddy mommy | papa mama | fatherhood motherhood
fatherly motherly | paternal maternal | paternity maternity | fatherless motherless
son daughter | sons daughters | brother sister | brothers sisters | brotherhood sisterhood | brotherly sisterly
husband wife | husbands wives | groom bride | grooms brides | widower widow | widowers widows
boyfriend girlfriend | boyfriends girlfriends | fiancé fiancée
uncle aunt | uncles aunts | nephew niece | nephews nieces
grandfather grandmother | grandfathers grandmothers | grandpa grandma | grandson granddaughter
grandsons granddaughters | stepfather stepmother | stepson stepdaughter | stepbrother stepsister
godfather godmother | godson goddaughter
actor actress | actors actresses | waiter waitress | waiters waitresses | host hostess | hosts hostesses
hero heroine | heroes heroines | steward stewardess | stewards stewardesses | heir heiress | heirs heiresses
businessman businesswoman | businessmen businesswomen | chairman chairwoman | chairmen chairwomen
congressman congresswoman | congressmen congresswomen | councilman councilwoman | councilmen councilwomen
policeman policewoman | policemen policewomen | salesman saleswoman | salesmen saleswomen
spokesman spokeswoman | spokesmen spokeswomen | sportsman sportswoman | sportsmen sportswomen
serviceman servicewoman | servicemen servicewomen | schoolboy schoolgirl | schoolboys schoolgirls
manhood womanhood | boyhood girlhood | manly womanly | boyish girlish
prince princess | princes princesses | emperor empress | monk nun | monks nuns
"""

_ONE_WAY = {"mrs": "mr", "mum": "dad", "mums": "dads", "mummy": "daddy", "ma'am": "sir"}
"""Words whose counterpart has another counterpart: swapping twice changes them."""


def _listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _both_ways() -> dict[str, str]:
    pairs = [pair.split() for line in _PAIRS.strip().splitlines() for pair in line.split("|")]
    return {left: right for word, other in pairs for left, right in ((word, other), (other, word))}


SWAPS: Mapping[str, str] = _both_ways() | _ONE_WAY
"""Every word that has one counterpart, in small letters. Pronouns with two ("her", "his") are decided in context."""

FEMININE: frozenset[str] = frozenset(
    [pair.split()[1] for line in _PAIRS.strip().splitlines() for pair in line.split("|")] + list(_ONE_WAY)
)
"""The feminine ones among them."""

LETTERS: Mapping[str, str] = {"m": "f", "f": "m"}
"""Codes of a group column, beside the words of `SWAPS`."""

NO_NOUN_FOLLOWS: frozenset[str] = _listed(
    "a an the this these those it its he she they we you i him them us me my your our their to in on at of by for "
    "from with without within into onto upon about above across after against along among around before behind "
    "below beneath beside between beyond despite down during except near off out outside over past since through "
    "throughout toward towards under until up via and or but nor so yet because although though unless while "
    "whereas when whenever where wherever whether if as than who whom which what how why is was are were be been "
    "being am has had have does did do will would can could shall should may might must not never always often "
    "sometimes again already also anyway anywhere everywhere here there now soon then too twice once today tomorrow "
    "tonight yesterday instead perhaps really maybe alone away somewhere later that some something someone somebody "
    "nothing anything anyone any every each everything several many much lots well anyways enough"
)
"""Words that begin nothing owned: "her" before one is the object ("saw her in"), "his" stands alone."""

EITHER: frozenset[str] = _listed(
    "back home then very most more so all both past near outside later early daily only just like one two three "
    "less right bad better worse good free safe alone"
)
"""Words that may begin what is owned or follow an object ("her back hurts", "called her back")."""

TAKES_TWO: frozenset[str] = _listed(
    "give gives gave given giving tell tells told telling show shows showed shown showing teach teaches taught "
    "teaching offer offers offered offering send sends sent sending lend lends lent lending pay pays paid paying "
    "hand hands handed handing bring brings brought bringing buy buys bought buying owe owes owed ask asks asked "
    "asking call calls called calling name names named make makes made making let lets letting help helps helped "
    "helping see sees saw seen seeing watch watches watched watching hear hears heard hearing feel feels felt have "
    "has had having wish wishes wished promise promises promised deny denies denied grant grants granted cost costs "
    "save saves saved find finds found consider considers considered elect elected appoint appointed keep keeps "
    "kept leave leaves left want wants wanted get gets got getting write writes wrote read reads serve serves "
    "served award awards awarded sell sells sold provide provides provided charge charges charged recommend "
    "recommends recommended prove proves proved treat treats treated order orders ordered drive drives drove hope "
    "hoped demand demanded"
)
"""Verbs after which "her" before a noun or verb may be either: "gave her money", "saw her leave", "made her day"."""
