"""``drandlab tlock``: files that open when a round is there, as those of the tool ``tle``."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from drandlab.cli.terminal import Json, note, print_json, progress, screen
from drandlab.errors import DrandlabError, LocalError
from drandlab.printable import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import BinaryIO

    from drandlab.beacon.beacon import Beacon
    from drandlab.beacon.chain_info import ChainInfo
    from drandlab.cli.binary_streams import CountedReader
    from drandlab.timelock.inspection import Inspection
    from drandlab.timelock.sealed_file import SealedFile
    from drandlab.timelock.tlock_stanza import RoundKey, TlockStanza
    from drandlab.typing import Round

    FindBeacon = Callable[[Sequence[Round]], Beacon]

__all__ = ["tlock"]

tlock = typer.Typer(
    help="Encrypt files that open when a round of a drand network is there.\n\n"
    "Files are those of drand's own tools, tle and tlock-js.\n\n"
    "Example: drandlab tlock encrypt --duration 1d2h -o bid.tle bid.txt",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@tlock.callback(invoke_without_command=True)
def _group(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help(), end="")


Input = Annotated[str | None, typer.Argument(metavar="INPUT", help="A file; without it, and for -, standard input.")]
Output = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Target file, which appears when all has verified; - is standard output.",
        show_default="standard output",
    ),
]


@tlock.command()
def encrypt(
    source: Input = None,
    chain: Annotated[
        str | None,
        typer.Option(
            "--chain",
            "-c",
            metavar="NAME|HASH|INFO.json",
            help="The chain: a name that `drandlab chains` lists, a chain hash, or a file.",
            show_default="quicknet",
        ),
    ] = None,
    round: Annotated[
        int | None, typer.Option("--round", "-r", metavar="N", help="The round with which the file opens.")
    ] = None,
    duration: Annotated[
        str | None,
        typer.Option(
            "--duration",
            "-D",
            metavar="1d2h",
            help="How long the file stays closed, in the units s m h d w M y, each at most once.",
        ),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="TIME",
            help="The file does not open before: 2027-01-01T00:00:00Z, with its zone, or a date, in UTC.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", "-f", help="Encrypt to a past round as well.")] = False,
    armor: Annotated[bool, typer.Option("--armor", "-a", help="Write text, for mail.")] = False,
    output: Output = None,
    network: Annotated[
        str | None,
        typer.Option(
            "--network",
            "-n",
            metavar="URL",
            help="A relay that gives the chain info, which is believed only if it has the chain's hash.",
        ),
    ] = None,
) -> int:
    """Encrypt a file to a round.

    Give a round, a duration from now, or a time. With a duration, the round is
    the one that is current at its end, as tle takes it, so its beacon may be
    there up to a period earlier; with --at, it is the first that is not before
    the time. Rounds that are past need --force: such a file opens at once.

    The network must be unchained. An unknown chain needs its INFO.json, or its
    hash and a relay.

    Exit code 1 if the relay does not answer or lies, 2 for a bad request or an
    unusable file; nothing is written then.

    Example: drandlab tlock encrypt --at 2027-01-01T00:00:00Z -o bid.tle bid.txt
    """
    import secrets

    from drandlab import timelock
    from drandlab.cli.binary_streams import binary_input, binary_output, check_output, on_a_terminal
    from drandlab.remote.ask.timelock_relay import chain_to_encrypt_to
    from drandlab.remote.networks import networks
    from drandlab.timelock.opening_time import check_request
    from drandlab.timelock.tlock_stanza import check_unchained

    now = time.time()
    if sum(value is not None for value in (round, duration, at)) != 1:
        raise LocalError("say when the file opens, in one way: --round, --duration or --at")
    # what can be refused at once is refused before a relay is asked
    check_request(now=now, round=round, duration=duration, at=at)
    if on_a_terminal(output) and not armor:
        raise LocalError("no binary goes to a terminal; take -a for text, -o FILE, or -o - to see it anyway")
    check_output(output, source)
    info = chain_to_encrypt_to(chain, network)
    try:
        check_unchained(info)
    except LocalError as error:
        raise error.about("chain") from None
    try:
        wanted = timelock.opening_round(info, now=now, round=round, duration=duration, at=at, force=force)
    except LocalError as error:
        if error.code != "past":
            raise
        why = f"{error.rule}; --force encrypts it all the same"
        raise LocalError(why, argument=error.argument, code="past") from None
    with binary_input(source) as file, binary_output(output) as target, _counted(file, source, output) as data:
        timelock.encrypt(data, info, round=wanted, rng=secrets.SystemRandom(), armor=armor, output=target)
    name = networks.name_of(info)
    if wanted <= info.round_at(now) and now >= info.genesis_time:
        note(f"drandlab: round {wanted} of {name} is there already, so the file opens at once")
    elif name in networks and networks.details[name].status == "retired":
        note(f"drandlab: {name} is retired: it makes no more beacons, so the file never opens")
    return 0


@tlock.command()
def decrypt(
    source: Input = None,
    chain: Annotated[
        str | None,
        typer.Option(
            "--chain",
            "-c",
            metavar="NAME|HASH|INFO.json",
            help="The chain that the file must be of.",
            show_default="the one in the file",
        ),
    ] = None,
    signature: Annotated[
        str | None, typer.Option(metavar="HEX", help="The signature of the round, in hexadecimal.")
    ] = None,
    beacon: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="A file with the beacon of the round, among others perhaps; - is standard input."
        ),
    ] = None,
    network: Annotated[
        str | None,
        typer.Option(
            "--network",
            "-n",
            metavar="URL",
            help="A relay that is asked for the beacon, and for the info of an unknown chain.",
            show_default="the chain's public relays",
        ),
    ] = None,
    output: Output = None,
) -> int:
    """Decrypt a file whose round is there.

    The signature of the round is verified under the chain's key, wherever it
    comes from; without --signature and --beacon the relays are asked for it.

    To standard output the plaintext goes piece by piece, each once it has
    verified: only exit code 0 says that it is whole. A file given with -o
    appears only then.

    Exit code 1 if the file does not open: the sentence has one of the words
    format, version, header, stanza, base64, chain, signature, point, proof, MAC,
    chunk, truncated, trailing, armor, too early. Exit code 1, too, if the relays
    do not answer or lie, 2 for unusable input.

    Example: drandlab tlock decrypt -o bid.txt bid.tle
    """
    from drandlab.cli.binary_streams import TextOnly, binary_input, binary_output, check_output, is_stdin, on_a_terminal
    from drandlab.remote.ask.timelock_relay import chains_of_file, named_chain
    from drandlab.timelock.byte_source import ByteSource
    from drandlab.timelock.sealed_file import SealedFile, write_pieces

    if signature is not None and beacon is not None:
        raise LocalError("give the signature or a file of beacons, not both", argument="signature")
    if beacon is not None and is_stdin(beacon) and is_stdin(source):
        raise LocalError("standard input is the file to decrypt; name one of the two", argument="beacon")
    asked = None if chain is None else named_chain(chain, network)
    check_output(output, source)
    given = None if beacon is None else _beacons(beacon)
    with binary_input(source) as file, _counted(file, source, output) as data, _about(source):
        found = SealedFile.read(ByteSource(data))
        key, stanza = _key(found, chains_of_file(found, asked, network), signature, given, network)
        text = found.text(key.file_key(stanza))
        with binary_output(output) as target:
            write_pieces(text, TextOnly(target) if on_a_terminal(output) else target)
    return 0


def _beacons(name: str) -> FindBeacon:
    """Return how a beacon is looked for in a file, or in standard input, which can be read only once."""
    from drandlab.cli.binary_streams import binary_input, is_stdin
    from drandlab.remote.tables.single_beacons import beacon_in_file, beacons_in_stream
    from drandlab.timelock.reasons import TimelockError

    called, read = name, None
    if is_stdin(name):
        called = "standard input"
        with binary_input(None) as stream:
            read = beacons_in_stream(stream, called)

    def find(rounds: Sequence[Round]) -> Beacon:
        there = (
            beacon_in_file(name, rounds) if read is None else next((one for one in read if one.round in rounds), None)
        )
        if there is None:
            wanted = " or ".join(map(str, rounds[:3]))
            raise TimelockError(f"{called} holds no beacon with the signature of round {wanted}", code="signature")
        return there

    return find


def _key(
    file: SealedFile, chains: Sequence[ChainInfo], signature: str | None, find: FindBeacon | None, network: str | None
) -> tuple[RoundKey, TlockStanza]:
    """Return a key that opens ``file``, which may open with any of its chains, and its stanza."""
    first: DrandlabError | None = None
    for info in chains:
        try:
            return _key_of(file.stanzas_of(info), info, signature, find, network)
        except DrandlabError as error:
            first = first or error
    assert first is not None
    raise first


def _key_of(
    stanzas: Sequence[TlockStanza],
    info: ChainInfo,
    signature: str | None,
    find: FindBeacon | None,
    network: str | None,
) -> tuple[RoundKey, TlockStanza]:
    """Return the key that opens one of the stanzas: from the signature, the file of beacons, or the relays."""
    from drandlab.remote.ask.timelock_relay import beacon_of_round
    from drandlab.timelock.sealed_file import fitting_key

    if signature is not None:
        return fitting_key(stanzas, info, signature)
    if find is None:
        first = min(stanza.round for stanza in stanzas)
        return fitting_key(stanzas, info, beacon_of_round(info, first, network, time.time()))
    return fitting_key(stanzas, info, find(sorted({stanza.round for stanza in stanzas})))


@tlock.command()
def inspect(source: Input = None, json: Json = False) -> int:
    """Show what a file says before it opens: its round, chain and time, and its sizes.

    Nothing of it is proven: the header is under a MAC whose key is inside.

    Exit code 1 for a file that will never open, as far as that can be seen, 2 for
    unusable input.

    Example: drandlab tlock inspect bid.tle
    """
    from drandlab.cli.binary_streams import binary_input
    from drandlab.remote.networks import networks
    from drandlab.timelock.inspection import inspect as inspected

    with binary_input(source) as file, _counted(file, source, None) as data, _about(source):
        found = inspected(data)
    info = networks.get(found.stanza.chain_hash.hex()) if found.stanza else None
    name = networks.name_of(info) if info else None
    if json:
        print_json(found.to_dict(info, name))
    else:
        _show(found, found.to_dict(info, name))
    return 0


@contextmanager
def _counted(file: BinaryIO, source: str | None, output: str | None) -> Iterator[CountedReader]:
    """Give the input with a progress bar over it, unless its own output is on the terminal."""
    from drandlab.cli.binary_streams import CountedReader, on_a_terminal, size_of

    if on_a_terminal(output):
        yield CountedReader(file, None, lambda done, total: None)
        return
    with progress("standard input" if source in (None, "-") else Path(str(source)).name) as advance:
        yield CountedReader(file, size_of(source), advance)


@contextmanager
def _about(source: str | None) -> Iterator[None]:
    """Put the name of the input into the errors about its content."""
    from drandlab.timelock.reasons import TimelockError

    try:
        yield
    except TimelockError as error:
        if source in (None, "-"):
            raise
        raise TimelockError(f"{source}: {error}", code=error.code) from None


def _show(found: Inspection, fields: dict[str, Any]) -> None:
    console = screen()
    form = "armored" if found.armor else "binary"
    console.print(f"version     {found.version}, {form}")
    console.print(f"stanzas     {', '.join(map(shown, found.types))}", soft_wrap=True)
    if found.stanza is None:
        console.print("round       none: no stanza is for a timelock")
    else:
        console.print(f"chain       {fields['network'] or 'unknown'} ({fields['chain_hash']})")
        console.print(f"round       {found.stanza.round}")
        unknown = "at a time that is not known" if fields["network"] is None else "later than any date"
        console.print(f"opens       {fields['opens'] or unknown}")
    console.print(f"header      {found.header:,} bytes")
    console.print(f"payload     {found.payload:,} bytes")
    console.print(f"plaintext   {found.plaintext:,} bytes")
