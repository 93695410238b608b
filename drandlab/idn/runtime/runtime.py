"""A runtime: pallets in a table, and what a node asks of them: to make a block, execute one, try a call.

All of it are functions of a `Head` and of what is handed in: a state never changes, so any number of collators and
forks can work on the same one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from drandlab.errors import FormatError
from drandlab.idn.runtime.block_builder import BlockBuilder, Rules
from drandlab.idn.runtime.blocks import Block, DigestItem, Header, PreRuntimeDigest, aura_pre_digest
from drandlab.idn.runtime.calls import NONE, Call, Origin, TransactionSource, ValidTransaction
from drandlab.idn.runtime.extrinsics import Extrinsic, SignedBy, bare, read_extrinsic, signed_payload
from drandlab.idn.runtime.failures import BlockNotValid, NotValid
from drandlab.idn.runtime.multi_signatures import signature_holds
from drandlab.idn.runtime.outcomes import Built, Executed, Head, StepOutcome
from drandlab.idn.runtime.pallet import Pallet
from drandlab.idn.runtime.runtime_table import RuntimeTable
from drandlab.idn.runtime.weights import BlockLimits, DispatchClass
from drandlab.idn.state import EMPTY_ROOT, Storage, Trie
from drandlab.typing import checked_int

__all__ = ["Runtime"]

SignatureCheck = Callable[[SignedBy, bytes], bool]


class Runtime:
    """The rules of a chain: its pallets in the order of their hooks, System first.

    ``constants`` are the numbers that its pallets ask for by name. ``verify(signer, payload)`` says whether a signature
    holds; without it `signature_holds` does.
    """

    def __init__(
        self,
        pallets: Iterable[Pallet],
        constants: Mapping[str, Any] | None = None,
        *,
        limits: BlockLimits | None = None,
        verify: SignatureCheck | None = None,
    ) -> None:
        self.table = RuntimeTable(pallets)
        self.constants: Mapping[str, Any] = MappingProxyType(dict(constants or {}))
        self.limits = limits or BlockLimits()
        self._verify = verify

    # -- building and checking ----------------------------------------------------------------------------------------

    def genesis(self, config: Mapping[str, Mapping[str, Any]] | None = None) -> Head:
        """Return block 0: each pallet writes its part of ``config``, by the pallet's name."""
        zero = Header(parent_hash=bytes(32), number=0, state_root=EMPTY_ROOT, extrinsics_root=EMPTY_ROOT)
        builder = BlockBuilder(self._rules(b""), Head(header=zero, state=Trie()), (), only_context=True)
        context = builder.context
        context.number, context.parent_hash = 0, bytes(32)
        for pallet in self.table.order:
            pallet.genesis(context, (config or {}).get(pallet.name, {}))
        state = context.storage.commit()
        header = Header(parent_hash=bytes(32), number=0, state_root=state.root, extrinsics_root=EMPTY_ROOT)
        return Head(header=header, state=state)

    def open(
        self, parent: Head, slot: int | None, *, digest: tuple[DigestItem, ...] = (), watch: bool = False
    ) -> BlockBuilder:
        """Return a block under work on top of ``parent``, its first hooks run."""
        items = digest if slot is None else (aura_pre_digest(checked_int(slot, "slot", 0)), *digest)
        return BlockBuilder(self._rules(self._genesis_of(parent)), parent, items, watch=watch)

    def propose(
        self,
        parent: Head,
        slot: int | None,
        inherents: Mapping[bytes, bytes] | None = None,
        pool: Iterable[bytes] = (),
        *,
        agenda: Iterable[tuple[Call, Origin]] = (),
        watch: bool = False,
    ) -> Built:
        """Return the block that an author makes: ``inherents`` is what its node provides, by identifier.

        ``pool`` has whole extrinsics in the order in which they should enter; those that do not are in ``left_out``.
        ``agenda`` are calls that are dispatched before, as by a scheduler; `execute` must be given the same. They run
        before the inherents, and so see the time of the block before, as scheduled calls do in production. Raises
        `BlockNotValid` where no block can be made: the slot goes back, or a mandatory inherent fails.
        """
        builder = self.open(parent, slot, watch=watch)
        for call, origin in agenda:
            builder.run(call, origin)
        left_out = self._apply_inherents(builder, inherents or {})
        for encoded in pool:
            try:
                extrinsic = self.decode(encoded)
                if extrinsic.signer is None and self.table.call_type(extrinsic.call)[1].inherent:
                    raise NotValid("BadMandatory", "an inherent is made by the author of a block")
                builder.apply(extrinsic)
            except (NotValid, FormatError) as error:
                left_out.append((encoded, error.reason if isinstance(error, NotValid) else error.code))
        header, state = builder.finish()
        return Built(
            block=Block(header=header, extrinsics=tuple(builder.extrinsics)),
            state=state,
            outcomes=tuple(builder.outcomes),
            weight=builder.weight,
            left_out=tuple(left_out),
            touched=builder.touched(),
        )

    def _apply_inherents(self, builder: BlockBuilder, data: Mapping[bytes, bytes]) -> list[tuple[bytes, str]]:
        """Put the inherents into a block; return those for which it has no room."""
        left_out = []
        for pallet in self.table.order:
            call = pallet.create_inherent(builder.context, data)
            if call is None:
                continue
            encoded = bare(self.table.encode_call(call))
            try:
                outcome = builder.apply(self.decode(encoded))
            except NotValid as error:
                left_out.append((encoded, error.reason))
                continue
            if outcome.error is not None and outcome.kind is DispatchClass.MANDATORY:
                raise BlockNotValid(f"the inherent {call} failed: {outcome.error.name}", code="mandatory")
        return left_out

    def execute(
        self,
        parent: Head,
        block: Block,
        *,
        inherents: Mapping[bytes, bytes] | None = None,
        agenda: Iterable[tuple[Call, Origin]] = (),
        watch: bool = False,
    ) -> Executed:
        """Execute a block on its parent; raises `BlockNotValid` unless its header is what comes out.

        A seal is not looked at: it is the author's, whom the node knows. With ``inherents`` the block's inherents are
        compared with what this node provides.
        """
        header = block.header.unsealed()
        if header.parent_hash != parent.hash:
            raise BlockNotValid(f"its parent is {header.parent_hash.hex()[:16]}…", code="parent-hash")
        if header.number != parent.number + 1:
            raise BlockNotValid(f"its number is {header.number}, its parent's {parent.number}", code="number")
        known = tuple(item for item in header.digest if isinstance(item, PreRuntimeDigest))
        try:
            builder = BlockBuilder(self._rules(self._genesis_of(parent)), parent, known, watch=watch)
        except FormatError as error:
            raise BlockNotValid(f"its digest cannot be read: {error}", code="digest") from None
        for call, origin in agenda:
            builder.run(call, origin)
        self._apply_all(builder, block, inherents)
        built, state = builder.finish()
        if built.digest != header.digest:
            raise BlockNotValid("executing it gives another digest", code="digest")
        if built.extrinsics_root != header.extrinsics_root:
            raise BlockNotValid("its header commits to other extrinsics", code="extrinsics-root")
        if built.state_root != header.state_root:
            raise BlockNotValid("executing it gives another state", code="state-root")
        return Executed(
            head=Head(header=block.header, state=state),
            outcomes=tuple(builder.outcomes),
            weight=builder.weight,
            touched=builder.touched(),
        )

    def _apply_all(self, builder: BlockBuilder, block: Block, inherents: Mapping[bytes, bytes] | None) -> None:
        seen: set[str] = set()
        late = False
        for index, encoded in enumerate(block.extrinsics):
            try:
                extrinsic = self.decode(encoded)
            except FormatError as error:
                raise BlockNotValid(str(error), code="extrinsic", extrinsic=index) from None
            pallet, kind = self.table.call_type(extrinsic.call)
            inherent = kind.inherent and extrinsic.signer is None
            if inherent:
                why = (
                    "an inherent after other extrinsics"
                    if late
                    else "a second inherent of its pallet"
                    if pallet.name in seen
                    else None
                    if inherents is None
                    else pallet.check_inherent(builder.context, extrinsic.call, inherents)
                )
                if why is not None:
                    raise BlockNotValid(why, code="inherent", extrinsic=index)
                seen.add(pallet.name)
            late = late or not inherent
            try:
                outcome = builder.apply(extrinsic)
            except NotValid as error:
                raise BlockNotValid(str(error), code="in-block", extrinsic=index) from None
            if outcome.error is not None and kind.kind is DispatchClass.MANDATORY:
                raise BlockNotValid(f"it failed: {outcome.error.name}", code="mandatory", extrinsic=index)
        for pallet in self.table.order:
            if pallet.name not in seen and pallet.inherent_required(builder.context):
                raise BlockNotValid(f"the inherent of {pallet.name} is missing", code="inherent")

    # -- single calls -------------------------------------------------------------------------------------------------

    def call(
        self, parent: Head, call: Call, origin: Origin = NONE, *, slot: int | None = None, watch: bool = True
    ) -> StepOutcome:
        """Dispatch a call as if in the next block, and forget it: a dry run."""
        builder = self.open(parent, slot, watch=watch)
        return builder.run(self.table.decode_call(self.table.encode_call(call)), origin)

    def validate(self, parent: Head, encoded: bytes, source: TransactionSource) -> ValidTransaction:
        """Return what the pool needs to know of a transaction; raises `NotValid`, `FormatError`."""
        extrinsic = self.decode(encoded)
        builder = BlockBuilder(self._rules(self._genesis_of(parent)), parent, (), only_context=True)
        pallet, kind = self.table.call_type(extrinsic.call)
        if kind.kind is DispatchClass.MANDATORY:
            raise NotValid("BadMandatory", "a mandatory call is made by the author of a block")
        if extrinsic.signer is not None:
            valid = builder.check_signer(extrinsic.signer, extrinsic.call_bytes, in_block=False)
        else:
            valid = pallet.validate_unsigned(builder.context, extrinsic.call, source)
        weight, single = self.table.weight_of(builder.context, extrinsic.call), self.limits.single(kind.kind)
        if single is not None and not weight.fits(single):
            raise NotValid("ExhaustsResources", "no block has room for it")
        return valid

    # -- bytes --------------------------------------------------------------------------------------------------------

    def bare(self, call: Call) -> bytes:
        """Return the bare extrinsic of a call, version 5."""
        return bare(self.table.encode_call(call))

    def decode(self, encoded: bytes) -> Extrinsic:
        """Return the extrinsic of these bytes; raises `FormatError`."""
        return read_extrinsic(encoded, self.table.call_codec.read)

    def storage(self, head: Head) -> Storage:
        """Return the storage after a block, to read from: ``item.get(runtime.storage(head))``."""
        return Storage(head.state)

    # -- parts --------------------------------------------------------------------------------------------------------

    def _genesis_of(self, parent: Head) -> bytes:
        """The hash of block 0, which signatures name."""
        system: Any = self.table.order[0]
        return parent.hash if parent.number == 0 else system.block_hash.get(Storage(parent.state), 0) or bytes(32)

    def _rules(self, genesis: bytes) -> Rules:
        def holds(signer: SignedBy, call: bytes) -> bool:
            payload = signed_payload(call, nonce=signer.nonce, tip=signer.tip, genesis=genesis)
            if self._verify is not None:
                return self._verify(signer, payload)
            return signature_holds(signer.signature, payload, signer.account)

        return Rules(table=self.table, limits=self.limits, constants=self.constants, signature_holds=holds)
