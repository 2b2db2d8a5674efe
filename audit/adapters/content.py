"""The content of an object in memory as one hash, equal for equal objects in any process.

A pickle will not do: its bytes hang on which strings and arrays happen to be one object, so equal models have different
ones. Here every part is hashed by what it is: arrays by their numbers, containers by their items, objects by their
class and by what they say of themselves to be pickled (`__reduce_ex__`), each with the hashes of its parts. What a hash
cannot hold has none: functions that no installed distribution names (a lambda, one written in a notebook), open files,
locks. Whoever holds one of these is not fingerprinted.
"""

from __future__ import annotations

import hashlib
import types
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from fairwitness.audit.reasons import WORDS
from fairwitness.audit.records import Name

DEEPEST = 400
"""Objects within objects; a chain longer than this is no model, or one that this cannot hash."""
_PLAIN = (type(None), bool, int, float, complex, str, bytes, bytearray, type(Ellipsis), range, slice)
_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, np.ufunc)
_UNNAMED = ("__main__", "__mp_main__", "builtins.<locals>")


class NoContent(Exception):
    """Something in the object has no content that could be hashed; `text` names it."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def content_hash(value: object) -> str:
    """SHA-256 of the content. Raises NoContent with the part that has none.

    >>> content_hash({"a": [1, 2.0]}) == content_hash({"a": [1, 2.0]}) != content_hash({"a": [1, 3.0]})
    True
    """
    try:
        return _Hasher().digest(value, 0).hex()
    except RecursionError as error:
        raise NoContent(WORDS("content.nested")) from error


class _Hasher:
    """One walk through an object. What was hashed is remembered, and kept alive, so that its address stays its own."""

    def __init__(self) -> None:
        self.known: dict[int, tuple[object, bytes]] = {}
        self.open: dict[int, int] = {}

    def digest(self, value: object, depth: int) -> bytes:
        """The hash of a part, which stands at this depth."""
        if isinstance(value, _PLAIN):
            return _sha(type(value).__name__, repr(value))
        if id(value) in self.known:
            return self.known[id(value)][1]
        if id(value) in self.open:
            return _sha("above", str(depth - self.open[id(value)]))
        if depth > DEEPEST:
            raise NoContent(WORDS("content.nested"))
        self.open[id(value)] = depth
        try:
            digest = self._digest(value, depth + 1)
        finally:
            del self.open[id(value)]
        self.known[id(value)] = (value, digest)
        return digest

    def _digest(self, value: Any, depth: int) -> bytes:
        if isinstance(value, type):
            return _sha("class", _named(value))
        if isinstance(value, _FUNCTIONS):
            return self._function(value, depth)
        if type(value) is np.ndarray or isinstance(value, np.generic):
            return self._array(np.asarray(value), depth)
        if type(value) in (list, tuple):
            return _sha(type(value).__name__, *self._all(value, depth))
        if type(value) in (set, frozenset):
            return _sha(type(value).__name__, *sorted(self._all(value, depth)))
        if type(value) is dict:
            return _sha("dict", *self._pairs(value, depth))
        return self._object(value, depth)

    def _all(self, values: Iterable[object], depth: int) -> list[bytes]:
        return [self.digest(value, depth) for value in values]

    def _pairs(self, value: Mapping[Any, Any], depth: int) -> list[bytes]:
        """The pairs of a dict, in an order that is not that of their making."""
        return sorted(self.digest(key, depth) + self.digest(item, depth) for key, item in value.items())

    def _array(self, array: np.ndarray[Any, Any], depth: int) -> bytes:
        head = repr((array.dtype.descr, array.shape))
        if array.dtype.hasobject:
            return _sha("array", head, *self._all(array.ravel().tolist(), depth))
        return _sha("array", head, np.ascontiguousarray(array).tobytes())

    def _function(self, value: Any, depth: int) -> bytes:
        if isinstance(value, types.MethodType):
            return _sha("method", value.__func__.__name__, self.digest(value.__self__, depth))
        owner = getattr(value, "__self__", None)
        if owner is not None and not isinstance(owner, types.ModuleType | type):
            return _sha("method", value.__name__, self.digest(owner, depth))
        return _sha("function", _named(value))

    def _object(self, value: object, depth: int) -> bytes:
        """An object by its class and by what it says of itself to be pickled."""
        try:
            reduced = value.__reduce_ex__(4)
        except Exception as error:  # whoever cannot be pickled may say so in any way
            raise NoContent(WORDS("content.object", name=type(value).__name__)) from error
        if isinstance(reduced, str):
            return _sha("name", _named(type(value)), reduced)
        make, arguments, *rest = reduced
        state, listed, paired = (*rest, None, None, None)[:3]
        parts = [self.digest(make, depth), self.digest(arguments, depth), self.digest(state, depth)]
        parts += self._all(listed, depth) if listed is not None else []
        parts += self._pairs(dict(paired), depth) if paired is not None else []
        return _sha("object", _named(type(value)), *parts)


def _named(value: Any) -> str:
    """Where a class or function is found. Raises NoContent for one that only this process knows."""
    module, name = getattr(value, "__module__", None) or "", getattr(value, "__qualname__", value.__name__)
    if module in _UNNAMED or "<locals>" in name or "<lambda>" in name:
        kind = "class" if isinstance(value, type) else "function"
        raise NoContent(WORDS(f"content.{kind}", name=Name(name)))
    return f"{module}.{name}"


def _sha(*parts: str | bytes) -> bytes:
    digest = hashlib.sha256()
    for part in parts:
        raw = part if isinstance(part, bytes) else part.encode(errors="surrogatepass")
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.digest()
