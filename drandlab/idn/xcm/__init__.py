"""XCM: messages between chains, their instructions, locations and assets, in SCALE and in JSON, versions 3 to 5.

A message is a list of instructions, which `decode` and `from_json` read. The bytes are strict: one encoding for each
value, at most 100 instructions, nested at most 8 deep.

Source: the XCM format of the Polkadot Technical Fellowship, and ``staging-xcm`` of the Polkadot SDK.
"""

from drandlab.idn.xcm.assets import ASSET, ASSETS, Asset, Assets, Fungible, NonFungible, relay_asset
from drandlab.idn.xcm.instruction_codecs import XCM
from drandlab.idn.xcm.location_accounts import account_of, location_account, sibling_account
from drandlab.idn.xcm.locations import (
    HERE,
    LOCATION,
    PARENT,
    POLKADOT,
    AccountId32,
    Location,
    Parachain,
    account,
    sibling,
)
from drandlab.idn.xcm.message_parts import Instruction, OriginKind, Xcm
from drandlab.idn.xcm.versioned import (
    VERSIONED_ASSETS,
    VERSIONED_LOCATION,
    VERSIONED_XCM,
    VersionedAssets,
    VersionedLocation,
    VersionedXcm,
    decode,
    from_json,
    location_from_json,
    location_to_json,
)

__all__ = [
    "ASSET",
    "ASSETS",
    "HERE",
    "LOCATION",
    "PARENT",
    "POLKADOT",
    "VERSIONED_ASSETS",
    "VERSIONED_LOCATION",
    "VERSIONED_XCM",
    "XCM",
    "AccountId32",
    "Asset",
    "Assets",
    "Fungible",
    "Instruction",
    "Location",
    "NonFungible",
    "OriginKind",
    "Parachain",
    "VersionedAssets",
    "VersionedLocation",
    "VersionedXcm",
    "Xcm",
    "account",
    "account_of",
    "decode",
    "from_json",
    "location_account",
    "location_from_json",
    "location_to_json",
    "relay_asset",
    "sibling",
    "sibling_account",
]
