"""Check digits: whether a number that looks like a card, an account or an identity number can be one."""

from __future__ import annotations

import base64
import binascii
import datetime
import json
import math
import string
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

_LETTERS_ES = "TRWAGMYFPDXBNJZSQVHLCKE"
_LETTERS_FI = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_ODD_IT = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
"""What letters count at odd places of an Italian fiscal code; digits count as the first ten of them."""
_IBAN_LENGTHS = {
    **{"AD": 24, "AE": 23, "AT": 20, "BE": 16, "BG": 22, "BR": 29, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18},
    **{"EE": 20, "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IS": 26},
    **{"IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25},
    **{"RO": 24, "SA": 24, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "TR": 26, "UA": 29},
}
"""Characters of an account number by country."""
LEAST_BITS = 3.2
"""Bits a sign of a key at least (Shannon, of its own signs), of a short one less..."""
LEAST_OF_ALL = 0.75
"""...this share of what so many signs can have."""
PLACEHOLDERS = (
    *("example", "sample", "placeholder", "changeme", "change_me", "change-me", "your", "dummy", "redacted", "insert"),
    *("xxxx", "0000", "1234", "abcdef", "....", "****", "____", "fake", "secret", "password", "token", "apikey"),
    *("os.environ", "getenv", "config", "settings", "django-insecure"),
)
"""What stands in a value that is none, in lower case."""
_PERMUTED = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
"""The permutation of Verhoeff 1969."""


def plain(text: str) -> str:
    """Letters and digits alone, in upper case.

    >>> plain("756.9217-0769 85a")
    '7569217076985A'
    """
    return "".join(character for character in text if character.isalnum()).upper()


def _digits(text: str) -> list[int]:
    """The ASCII digits of a text."""
    return [int(character) for character in text if character in string.digits]


def _weighted(digits: Sequence[int], weights: Sequence[int]) -> int:
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=True))


def luhn(text: str) -> bool:
    """Whether digits keep the formula of Luhn (ISO/IEC 7812-1).

    >>> luhn("4111 1111 1111 1111"), luhn("4111 1111 1111 1112")
    (True, False)
    """
    digits = _digits(text)[::-1]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return len(set(digits)) > 1 and (sum(digits[::2]) + doubled) % 10 == 0


def iban(text: str) -> bool:
    """ISO 13616: as long as in its country, where that is known, and 1 modulo 97 (ISO/IEC 7064)."""
    account = plain(text)
    if not account.isascii() or len(account) != _IBAN_LENGTHS.get(account[:2], len(account)):
        return False
    return int("".join(str(int(character, 36)) for character in account[4:] + account[:4])) % 97 == 1


def _date(year: int, month: int, day: int) -> bool:
    try:
        datetime.date(year, month, day)
    except ValueError:
        return False
    return True


def brazil(text: str) -> bool:
    """CPF: two check digits modulo 11."""
    digits = _digits(text)
    if len(set(digits)) == 1:
        return False
    checks = []
    for count in (9, 10):
        checks.append(_weighted(digits[:count], range(count + 1, 1, -1)) * 10 % 11 % 10)
    return checks == digits[9:]


def belgium(text: str) -> bool:
    """National register number: 97 less the number modulo 97; of births from 2000 on with a 2 before it."""
    number, check = divmod(int(plain(text)), 100)
    return check in (97 - number % 97, 97 - (2_000_000_000 + number) % 97)


def china(text: str) -> bool:
    """Resident identity number (GB 11643): a date, and ISO/IEC 7064 modulo 11-2."""
    number = plain(text)
    total = _weighted(_digits(number[:17]), [2 ** (17 - place) % 11 for place in range(17)])
    born = int(number[6:10]), int(number[10:12]), int(number[12:14])
    return _date(*born) and "10X98765432"[total % 11] == number[17]


def finland(text: str) -> bool:
    """Personal identity code: a letter by the remainder modulo 31."""
    number = int("".join(map(str, _digits(text[:-1]))))
    return _LETTERS_FI[number % 31] == text[-1].upper()


def france(text: str) -> bool:
    """NIR: 97 less the number modulo 97; the departments of Corsica count as 19 and 18."""
    number = plain(text).replace("2A", "19", 1).replace("2B", "18", 1)
    return 97 - int(number[:13]) % 97 == int(number[13:])


def germany(text: str) -> bool:
    """Tax identification number: one digit two or three times in the first ten, and ISO/IEC 7064 modulo 11, 10."""
    digits = _digits(text)
    repeats = sorted(digits[:10].count(digit) for digit in set(digits[:10]))
    if repeats[-1] not in (2, 3) or len(repeats) < 8 or (len(repeats) > 1 and repeats[-2] > 1):
        return False
    check = 10
    for digit in digits[:10]:
        check = ((digit + check) % 10 or 10) * 2 % 11
    return (11 - check) % 10 == digits[10]


def india(text: str) -> bool:
    """Aadhaar: the scheme of Verhoeff."""
    check = 0
    for place, digit in enumerate(reversed(_digits(text))):
        for _ in range(place % 8):
            digit = _PERMUTED[digit]
        check = _dihedral(check, digit)
    return check == 0


def _dihedral(first: int, second: int) -> int:
    """The product in the dihedral group of order 10, whose reflections are 5 to 9."""
    if first < 5:
        return (first + second) % 5 if second < 5 else 5 + (first + second) % 5
    return 5 + (first - second) % 5 if second < 5 else (first - second) % 5


def italy(text: str) -> bool:
    """Fiscal code: a letter by the sum of what all others count."""
    code = plain(text)
    total = 0
    for place, character in enumerate(code[:15]):
        value = int(character) if character.isdigit() else ord(character) - ord("A")
        total += value if place % 2 else _ODD_IT[value]
    return chr(ord("A") + total % 26) == code[15]


def korea(text: str) -> bool:
    """Resident registration number of before October 2020: modulo 11."""
    digits = _digits(text)
    total = _weighted(digits[:12], (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5))
    return (11 - total % 11) % 10 == digits[12]


def netherlands(text: str) -> bool:
    """BSN: the eleven test."""
    digits = _digits(text)
    return any(digits) and _weighted(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def nhs(text: str) -> bool:
    """NHS number of England and Wales: modulo 11."""
    digits = _digits(text)
    return (11 - _weighted(digits[:9], range(10, 1, -1)) % 11) % 11 == digits[9]


def poland(text: str) -> bool:
    """PESEL: modulo 10, and a month of its century."""
    digits = _digits(text)
    month = (10 * digits[2] + digits[3]) % 20
    return 1 <= month <= 12 and _weighted(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0


def spain(text: str) -> bool:
    """DNI and NIE: a letter by the remainder modulo 23; X, Y and Z count as 0, 1 and 2."""
    number = plain(text)
    return _LETTERS_ES[int(number[:-1].translate(str.maketrans("XYZ", "012"))) % 23] == number[-1]


def switzerland(text: str) -> bool:
    """AHV number: the check digit of EAN-13."""
    return _weighted(_digits(text), (1, 3) * 6 + (1,)) % 10 == 0


def turkey(text: str) -> bool:
    """TCKN: two check digits modulo 10."""
    digits = _digits(text)
    tenth = (7 * sum(digits[0:9:2]) - sum(digits[1:8:2])) % 10
    return [tenth, sum(digits[:10]) % 10] == digits[9:]


def random_text(text: str) -> bool:
    """Whether a key looks drawn by chance: many different signs, letters beside digits, and no word of a placeholder.

    >>> random_text("x7Rk2mQ9vLb4Tn8Wc1Zs5Yd3Hf6Gj0Pa7Ke2"), random_text("AKIAIOSFODNN7EXAMPLE")
    (True, False)
    """
    spread = -sum(count / len(text) * math.log2(count / len(text)) for count in Counter(text).values())
    digits = sum(character.isdecimal() for character in text)
    if spread < min(LEAST_BITS, LEAST_OF_ALL * math.log2(len(text))) or not 0 < digits < len(text):
        return False
    return not any(word in text.casefold() for word in PLACEHOLDERS)


def json_web_token(text: str) -> bool:
    """Whether the first part is JSON in base64 that names an algorithm (RFC 7519)."""
    head = text.partition(".")[0]
    try:
        named = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (ValueError, binascii.Error):
        return False
    return isinstance(named, dict) and "alg" in named


def unchecked(text: str) -> bool:
    """Numbers without a check digit: their form is all there is."""
    return True


CHECKS: Mapping[str, Callable[[str], bool]] = {
    check.__name__: check
    for check in (
        *(belgium, brazil, china, finland, france, germany, iban, india, italy, korea, luhn, netherlands, nhs, poland),
        *(spain, switzerland, turkey, random_text, json_web_token, unchecked),
    )
}
"""Checks by the name that the table of shapes has."""
