r"""The files of a drand daemon: key pair, group, share and proposal, read strictly and written byte for byte.

| file | holds | functions |
| --- | --- | --- |
| ``key/drand_id.private`` | the secret | `secret_to_toml`, `key_pair_from_toml` |
| ``key/drand_id.public`` | the identity | `identity_to_toml`, `identity_from_toml` |
| ``groups/drand_group.toml`` | the group | `group_to_toml`, `group_from_toml` |
| ``groups/dist_key.private`` | the share | `share_to_toml`, `share_from_toml` |
| the file of ``drand dkg generate-proposal`` | who joins, stays and leaves | `proposal_to_toml`, `proposal_from_toml` |

All take and give text; whoever has the file reads and writes it. The keys that a file has changed with the years:
`LAYOUTS`. Every layout is read. An absent scheme is the first scheme and an absent beacon ID the default one, as in
production; an unknown key, a wrong type or an invalid point is a `FormatError` with file, key and rule. The errors of
the two files with a secret repeat nothing of what they hold.

Source: drand ``common/key``, ``internal/drand-cli/proposal_file.go``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from drandlab.algebra.shamir import Share
from drandlab.beacon.chain_info import DEFAULT_BEACON_ID
from drandlab.beacon.forms.secret_fields import secret_commits, secret_index, secret_scalar, secret_scheme, secret_table
from drandlab.beacon.group import Group, Node
from drandlab.beacon.identity import Identity, KeyPair
from drandlab.crypto.bls import BLS
from drandlab.crypto.feldman import PublicPolynomial
from drandlab.crypto.schemes import DEFAULT_SCHEME, Scheme, scheme
from drandlab.curves.group import Point
from drandlab.errors import DecodeError, FormatError, LocalError
from drandlab.typing import checked_choice
from drandlab.wire.go_toml import Plain, duration_text, no_unknown, parse_toml, seconds_field, toml_text, within
from drandlab.wire.strict_json import hex_field, int_field, text_field

__all__ = [
    "LAYOUTS",
    "DistributedShare",
    "Layout",
    "Proposal",
    "group_from_toml",
    "group_to_toml",
    "identity_from_toml",
    "identity_to_toml",
    "key_pair_from_toml",
    "proposal_from_toml",
    "proposal_to_toml",
    "secret_to_toml",
    "share_from_toml",
    "share_to_toml",
]

_IDENTITY_KEYS = ("Address", "Key", "TLS", "Signature", "SchemeName")
_GROUP_KEYS = {
    # key in the file: field of a Group
    "Threshold": "threshold",
    "Period": "period",
    "CatchupPeriod": "catchup_period",
    "GenesisTime": "genesis_time",
    "TransitionTime": "transition_time",
    "GenesisSeed": "genesis_seed",
    "SchemeID": "scheme",
    "ID": "beacon_id",
    "Nodes": "nodes",
    "PublicKey": "public",
}
_KEY_OF = {field: key for key, field in _GROUP_KEYS.items()}
_LAST_SECOND = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Layout:
    """Which keys the daemon of one era writes, beside those of all eras."""

    tls: bool
    signature: bool
    names: bool
    """``CatchupPeriod``, ``SchemeID`` and ``ID`` of a group."""
    key_scheme: bool
    """``SchemeName`` of an identity, a secret and a share."""


LAYOUTS: Mapping[str, Layout] = {
    "1.0": Layout(tls=True, signature=False, names=False, key_scheme=False),
    "1.4": Layout(tls=True, signature=True, names=True, key_scheme=False),
    "1.5": Layout(tls=True, signature=True, names=True, key_scheme=True),
    "2": Layout(tls=False, signature=True, names=True, key_scheme=True),
}
"""The layouts by the version that wrote them first: 2020, 2022, 2023 and since 2024."""


def _layout(name: str, used: Scheme, *, named: str) -> Layout:
    layout = LAYOUTS[checked_choice(name, "layout", LAYOUTS)]
    if not getattr(layout, named) and used.name != DEFAULT_SCHEME:
        raise LocalError(f"layout {name}: names no scheme, so its files are of {DEFAULT_SCHEME} only, not {used.name}")
    return layout


def _scheme_field(fields: Mapping[str, Any], name: str) -> Scheme:
    try:
        return scheme(text_field(fields, name) if name in fields else "")
    except LocalError as error:
        raise FormatError(error.rule, field=name) from None


def _point_field(fields: Mapping[str, Any], name: str, bls: BLS) -> Point:
    try:
        return bls.decode_key(hex_field(fields, name))
    except DecodeError as error:
        raise FormatError(str(error), field=name, code=error.code) from None


def _commits_field(fields: Mapping[str, Any], name: str, bls: BLS) -> PublicPolynomial:
    texts = fields.get(name)
    if not isinstance(texts, list) or not texts:
        raise FormatError("expected a list of points in hexadecimal, at least one", field=name)
    places = {f"{name}[{i}]": text for i, text in enumerate(texts)}
    return PublicPolynomial(bls.keys, [_point_field(places, place, bls) for place in places])


def _tables(fields: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    tables = fields.get(name, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise FormatError(f"expected tables, [[{name}]]", field=name)
    return tables


# -- key pair ---------------------------------------------------------------------------------------------------------


def _identity_fields(identity: Identity, layout: Layout) -> dict[str, Plain]:
    fields: dict[str, Plain] = {"Address": identity.address, "Key": identity.key.hex()}
    if layout.tls:
        fields["TLS"] = identity.tls
    if layout.signature:
        fields["Signature"] = identity.signature.hex()
    if layout.key_scheme:
        fields["SchemeName"] = identity.scheme.name
    return fields


def _identity(fields: Mapping[str, Any], used: Scheme, backend: str | None) -> Identity:
    tls = fields.get("TLS", False)
    if not isinstance(tls, bool):
        raise FormatError(f"expected true or false, got {tls!r}", field="TLS")
    try:
        return Identity(
            address=text_field(fields, "Address"),
            key=_point_field(fields, "Key", BLS.of(used, backend)),
            scheme=used,
            signature=hex_field(fields, "Signature") if "Signature" in fields else b"",
            tls=tls,
        )
    except LocalError as error:
        raise FormatError(error.rule, field="Address") from None


def identity_to_toml(identity: Identity, *, layout: str = "2") -> str:
    """Return ``drand_id.public`` for this identity."""
    return toml_text(_identity_fields(identity, _layout(layout, identity.scheme, named="key_scheme")))


def identity_from_toml(
    text: str | bytes, *, source: str | None = "drand_id.public", backend: str | None = None
) -> Identity:
    """Return the identity of a ``drand_id.public``; its self-signature is not checked here."""
    with within("", source):
        fields = parse_toml(text)
        no_unknown(fields, _IDENTITY_KEYS)
        return _identity(fields, _scheme_field(fields, "SchemeName"), backend)


def secret_to_toml(pair: KeyPair, *, layout: str = "2") -> str:
    """Return ``drand_id.private`` for this key pair."""
    used = pair.identity.scheme
    fields: dict[str, Plain] = {"Key": pair.secret.to_bytes().hex()}
    if _layout(layout, used, named="key_scheme").key_scheme:
        fields["SchemeName"] = used.name
    return toml_text(fields)


def key_pair_from_toml(
    private: str | bytes,
    public: str | bytes,
    *,
    sources: tuple[str, str] = ("drand_id.private", "drand_id.public"),
    backend: str | None = None,
) -> KeyPair:
    """Return the key pair of the two files; they must name one scheme and belong together."""
    identity = identity_from_toml(public, source=sources[1], backend=backend)
    with within("", sources[0]):
        fields = secret_table(private, ("Key", "SchemeName"))
        used = secret_scheme(fields, "SchemeName")
        if used.name != identity.scheme.name:
            raise FormatError(f"{used.name}, but {sources[1]} says {identity.scheme.name}", field="SchemeName")
        secret = secret_scalar(fields, "Key", BLS.of(used, backend))
        try:
            return KeyPair(secret=secret, identity=identity)
        except LocalError:
            raise FormatError(f"not the secret of the key in {sources[1]}", field="Key") from None


# -- group ------------------------------------------------------------------------------------------------------------


def group_to_toml(group: Group, *, layout: str = "2") -> str:
    """Return ``drand_group.toml`` for this group, its genesis seed filled in as production fills it in.

    >>> import random
    >>> rng = random.Random(1)
    >>> pairs = [KeyPair.generate(f"node{i}.example.org:80", scheme(), rng, backend="glass") for i in range(3)]
    >>> group = Group.of([pair.identity for pair in pairs], scheme=scheme(), threshold=2, period=90,
    ...                  genesis_time=1700000000)
    >>> text = group_to_toml(group)
    >>> text.splitlines()[:2]
    ['Threshold = 2', 'Period = "1m30s"']
    >>> group_from_toml(text, backend="glass") == group
    True
    """
    form = _layout(layout, group.scheme, named="names")
    plain: dict[str, Plain] = {"Threshold": group.threshold, "Period": duration_text(group.period)}
    if form.names:
        plain["CatchupPeriod"] = duration_text(group.catchup_period)
    plain |= {
        "GenesisTime": group.genesis_time,
        "TransitionTime": group.transition_time,
        "GenesisSeed": group.seed.hex(),
    }
    if form.names:
        plain |= {"SchemeID": group.scheme.name, "ID": group.beacon_id}
    tables: list[tuple[str, dict[str, Plain]]] = [
        ("[[Nodes]]", _identity_fields(node.identity, form) | {"Index": node.index}) for node in group.nodes
    ]
    if group.public is not None:
        tables.append(("[PublicKey]", {"Coefficients": [point.hex() for point in group.public.commits]}))
    return toml_text(plain, tables)


def group_from_toml(text: str | bytes, *, source: str | None = "drand_group.toml", backend: str | None = None) -> Group:
    """Return the group of a ``drand_group.toml``."""
    with within("", source):
        fields = parse_toml(text)
        no_unknown(fields, _GROUP_KEYS)
        used = _scheme_field(fields, "SchemeID")
        nodes = []
        for i, table in enumerate(_tables(fields, "Nodes")):
            with within(f"Nodes[{i}]."):
                no_unknown(table, (*_IDENTITY_KEYS, "Index"))
                index = int_field(table, "Index", minimum=0, maximum=(1 << 32) - 1)
                nodes.append(Node(index, _identity(table, _scheme_field(table, "SchemeName"), backend)))
        public = None
        if "PublicKey" in fields:
            with within("PublicKey."):
                table = fields["PublicKey"]
                if not isinstance(table, dict):
                    raise FormatError("expected a table, [PublicKey]")
                no_unknown(table, ("Coefficients",))
                public = _commits_field(table, "Coefficients", BLS.of(used, backend))
        try:
            return Group(
                nodes=tuple(nodes),
                threshold=int_field(fields, "Threshold", minimum=0, maximum=(1 << 32) - 1),
                period=seconds_field(fields, "Period"),
                genesis_time=int_field(fields, "GenesisTime", minimum=0, maximum=_LAST_SECOND),
                scheme=used,
                catchup_period=seconds_field(fields, "CatchupPeriod") if fields.get("CatchupPeriod", "") != "" else 0,
                transition_time=(
                    int_field(fields, "TransitionTime", minimum=0, maximum=_LAST_SECOND)
                    if "TransitionTime" in fields
                    else 0
                ),
                genesis_seed=hex_field(fields, "GenesisSeed") if "GenesisSeed" in fields else b"",
                public=public,
                beacon_id=text_field(fields, "ID") if "ID" in fields else DEFAULT_BEACON_ID,
            )
        except LocalError as error:
            raise FormatError(error.rule, field=_KEY_OF.get(error.argument or "")) from None


# -- share ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class DistributedShare:
    """What a node keeps of a DKG: its private share, and the public polynomial on which it lies."""

    share: Share
    public: PublicPolynomial
    scheme: Scheme

    def __post_init__(self) -> None:
        if self.share.value * self.public.group.generator != self.public.share(self.share.index):
            raise LocalError(
                f"the share of index {self.share.index} does not lie on the public polynomial", argument="share"
            )

    def __repr__(self) -> str:
        return f"<DistributedShare of index {self.share.index}, key {self.public.public_key!r}>"


def share_to_toml(share: DistributedShare, *, layout: str = "2") -> str:
    """Return ``dist_key.private`` for this share."""
    fields: dict[str, Plain] = {
        "Index": share.share.index,
        "Share": share.share.value.to_bytes().hex(),
        "Commits": [point.hex() for point in share.public.commits],
    }
    if _layout(layout, share.scheme, named="key_scheme").key_scheme:
        fields["SchemeName"] = share.scheme.name
    return toml_text(fields)


def share_from_toml(
    text: str | bytes, *, source: str | None = "dist_key.private", backend: str | None = None
) -> DistributedShare:
    """Return the share of a ``dist_key.private``; it must lie on its public polynomial.

    ``PrivatePoly``, which old files may have, is passed over: nobody needs a dealer's polynomial after its run.
    """
    with within("", source):
        fields = secret_table(text, ("Index", "Share", "Commits", "PrivatePoly", "SchemeName"))
        used = secret_scheme(fields, "SchemeName")
        bls = BLS.of(used, backend)
        share = Share(index=secret_index(fields, "Index"), value=secret_scalar(fields, "Share", bls))
        try:
            return DistributedShare(share=share, public=secret_commits(fields, "Commits", bls), scheme=used)
        except LocalError as error:
            raise FormatError(error.rule, field="Share") from None


# -- proposal ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Who shall join, remain in and leave a group: what a leader of version 2 proposes."""

    joining: tuple[Identity, ...] = ()
    remaining: tuple[Identity, ...] = ()
    leaving: tuple[Identity, ...] = ()


_PARTICIPANT = Layout(tls=False, signature=True, names=True, key_scheme=False)


def proposal_to_toml(proposal: Proposal) -> str:
    """Return the proposal file, in the order in which production writes it: joining, leaving, remaining."""
    lists = {"Joining": proposal.joining, "Leaving": proposal.leaving, "Remaining": proposal.remaining}
    return toml_text(
        {}, [(f"[[{name}]]", _identity_fields(member, _PARTICIPANT)) for name in lists for member in lists[name]]
    )


def proposal_from_toml(
    text: str | bytes, used: Scheme, *, source: str | None = "proposal.toml", backend: str | None = None
) -> Proposal:
    """Return the proposal of a proposal file, whose identities are of the scheme ``used``: the file names none."""

    def members(name: str) -> Iterator[Identity]:
        for i, table in enumerate(_tables(fields, name)):
            with within(f"{name}[{i}]."):
                no_unknown(table, ("Address", "Key", "TLS", "Signature"))
                yield _identity(table, used, backend)

    with within("", source):
        fields = parse_toml(text)
        no_unknown(fields, ("Joining", "Leaving", "Remaining"))
        return Proposal(
            joining=tuple(members("Joining")),
            remaining=tuple(members("Remaining")),
            leaving=tuple(members("Leaving")),
        )
