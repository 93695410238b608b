"""SCALE, Substrate's encoding: strict codecs as values, one encoding for each value.

A codec has ``encode(value)``, ``decode(data)`` (all of the data) and ``read(data, at)`` (from a place on). What is not
the one encoding of a value is a `FormatError` with a code of `SCALE_CODES`: trailing bytes, a compact number that could
be shorter, a flag that is neither 0 nor 1, more items than the type allows.

>>> Tuple(U8, COMPACT, Option(U16)).encode((1, 100, None)).hex()
'01910100'
>>> Vec(U8, bound=2).decode(bytes.fromhex("0c010203"))
Traceback (most recent call last):
drandlab.errors.FormatError: BoundedVec<u8, 2>: 3 items, at most 2 are allowed

Source: the SCALE codec as the Polkadot protocol specification, appendix A, and the crate parity-scale-codec have it.
"""

from drandlab.wire.scale.compound_values import (
    Array,
    Choice,
    Composite,
    Enum,
    Lazy,
    Named,
    Option,
    Tagged,
    Tuple,
    Variant,
    Vec,
)
from drandlab.wire.scale.scale_codec import SCALE_CODES, Codec, ends_early, no_variant, trailing
from drandlab.wire.scale.simple_values import (
    BOOL,
    COMPACT,
    COMPACT_U32,
    COMPACT_U64,
    COMPACT_U128,
    NOTHING,
    TEXT,
    U8,
    U16,
    U32,
    U64,
    U128,
    Bytes,
    Compact,
    FixedBytes,
    Unsigned,
    compact,
    read_compact,
)

__all__ = [
    "BOOL",
    "COMPACT",
    "COMPACT_U32",
    "COMPACT_U64",
    "COMPACT_U128",
    "NOTHING",
    "SCALE_CODES",
    "TEXT",
    "U8",
    "U16",
    "U32",
    "U64",
    "U128",
    "Array",
    "Bytes",
    "Choice",
    "Codec",
    "Compact",
    "Composite",
    "Enum",
    "FixedBytes",
    "Lazy",
    "Named",
    "Option",
    "Tagged",
    "Tuple",
    "Unsigned",
    "Variant",
    "Vec",
    "compact",
    "ends_early",
    "no_variant",
    "read_compact",
    "trailing",
]
