"""The fields of a file that holds a secret: read as strictly as all others, and no error repeats what stands there.

Whatever is wrong with such a file, the wrong place may hold the secret: an unknown key, an unknown scheme, an index of
70 digits. So an error names the key and the rule, and counts characters. It repeats nothing of the file's own text, and
neither does any error that it came from (`__context__`), since those of a parser keep the whole text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from drandlab.algebra.field import FieldElement
from drandlab.crypto.bls import BLS
from drandlab.crypto.feldman import PublicPolynomial
from drandlab.crypto.schemes import SCHEMES, Scheme, scheme
from drandlab.curves.group import Point
from drandlab.errors import DecodeError, FormatError
from drandlab.typing import whole_number
from drandlab.wire.go_toml import parse_toml

__all__ = ["secret_commits", "secret_index", "secret_scalar", "secret_scheme", "secret_table"]

_NO_DIGIT = re.compile("[^0-9A-Fa-f]")
_KINDS = {dict: "a table", list: "a list", str: "a text", bool: "a boolean", int: "a number", float: "a number"}


def secret_table(text: str | bytes, known: Iterable[str]) -> dict[str, Any]:
    """Return the table that a TOML text holds, whose keys are all ``known``."""
    try:
        fields, line = parse_toml(text), None
    except FormatError as error:
        fields, line = None, error.line
    # raised here and not there: a parser's error would be this one's context, and may quote what it stumbled over
    if fields is None:
        raise FormatError("not TOML; what stands there is not repeated, for it may be the secret", line=line)
    names = list(known)
    if not set(fields) <= set(names):
        raise FormatError(f"a key that has no place here; there are {', '.join(names)}")
    return fields


def _text(fields: Mapping[str, Any], name: str) -> str:
    if name not in fields:
        raise FormatError("the field is missing", field=name)
    value = fields[name]
    if not isinstance(value, str):
        raise FormatError(f"expected a text, got {_KINDS.get(type(value), 'a date or time')}", field=name)
    return value


def _hex(fields: Mapping[str, Any], name: str, length: int) -> bytes:
    text = _text(fields, name)
    rule = f"expected {2 * length} hexadecimal digits"
    if (bad := _NO_DIGIT.search(text)) is not None:
        raise FormatError(f"{rule}; character {bad.start() + 1} of {len(text)} is none", field=name)
    if len(text) != 2 * length:
        raise FormatError(f"{rule}, got {len(text)}", field=name)
    return bytes.fromhex(text)


def secret_scheme(fields: Mapping[str, Any], name: str) -> Scheme:
    """Return the scheme that a field names, the first one where there is no such field."""
    called = _text(fields, name) if name in fields else ""
    if called and called not in SCHEMES:
        raise FormatError(f"expected one of {', '.join(SCHEMES)}", field=name)
    return scheme(called)


def secret_scalar(fields: Mapping[str, Any], name: str, bls: BLS) -> FieldElement:
    """Return the scalar of a field, in the one encoding that it has."""
    data = _hex(fields, name, bls.field.byte_length)
    if int.from_bytes(data, "big") >= bls.field.modulus:
        raise FormatError(
            f"expected a number below the order of the groups of {bls.scheme.curve}; "
            f"is it a secret of {bls.scheme.name}?",
            field=name,
        )
    return bls.field.from_bytes(data)


def secret_index(fields: Mapping[str, Any], name: str) -> int:
    """Return the 0-based index of a share."""
    if name not in fields:
        raise FormatError("the field is missing", field=name)
    value = fields[name]
    index = whole_number(value)
    if index is None:
        raise FormatError(f"expected a whole number, got {_KINDS.get(type(value), 'a date or time')}", field=name)
    if not 0 <= index < 1 << 32:
        raise FormatError("expected a number from 0 to 2^32 - 1", field=name)
    return index


def secret_commits(fields: Mapping[str, Any], name: str, bls: BLS) -> PublicPolynomial:
    """Return the public polynomial whose commitments a field lists."""
    texts = fields.get(name)
    if not isinstance(texts, list) or not texts:
        raise FormatError("expected a list of points in hexadecimal, at least one", field=name)
    places = {f"{name}[{i}]": text for i, text in enumerate(texts)}
    return PublicPolynomial(bls.keys, [_point(places, place, bls) for place in places])


def _point(fields: Mapping[str, Any], name: str, bls: BLS) -> Point:
    data, code = _hex(fields, name, bls.keys.length), ""
    try:
        return bls.keys.decode(data)
    except DecodeError as error:
        code = error.code
    raise FormatError(f"not the encoding of a point of {bls.keys.name} other than infinity ({code})", field=name)
