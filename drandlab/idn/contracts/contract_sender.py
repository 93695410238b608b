"""How a contract's message is sent: read strictly, then given to the chain's sender in the contract's name."""

from __future__ import annotations

from drandlab.errors import DrandlabError
from drandlab.idn.contracts.running.contract_ledger import SendXcm
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.failures import DispatchFailed
from drandlab.idn.xcm.versioned import VERSIONED_LOCATION, VERSIONED_XCM
from drandlab.idn.xcm_execution.sending import Sender

__all__ = ["send_by"]


def send_by(sender: Sender) -> SendXcm:
    """Return the ``send`` of a pallet Contracts whose chain sends by ``sender``.

    It returns ``XCMDecodeFailed`` for bytes that are no message or no location, and the sender's own error for one that
    cannot be sent; nothing of it stays then.
    """

    def send(context: Context, account: bytes, dest: bytes, message: bytes) -> str | None:
        try:
            location = VERSIONED_LOCATION.decode(dest).location
            instructions = VERSIONED_XCM.decode(message).instructions
        except DrandlabError:
            return "XCMDecodeFailed"
        try:
            with context.transaction():
                sender.send(context, account, location, instructions)
        except DispatchFailed as failed:
            return failed.error.name
        return None

    return send
