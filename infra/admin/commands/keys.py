"""Create, list, revoke and rotate API keys.

A key is printed once, alone on stdout; only its SHA-256 is stored. Scopes: `submit` (whatever changes something),
`read`, `admin` (both, for the jobs of every owner).
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta

from infra.admin.migrated import migrated_database
from infra.admin.wording import duration, size
from shared.clock import utc_now
from shared.errors import NotFound
from shared.keys.documents import OWNER_PATTERN, ApiKey, KeyLimits, Scope
from shared.keys.issuing import create_key, replace_key
from shared.keys.store import KeyStore

Action = Callable[[KeyStore, argparse.Namespace], Awaitable[None]]


class UnknownKey(NotFound):
    """There is no key with this id."""

    code = "unknown_key"


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    create = actions.add_parser("create", help="print a new key on stdout")
    create.add_argument("--owner", required=True, type=_owner, help="whom the jobs belong to; keys may share an owner")
    create.add_argument(
        "--scope", action="append", choices=[*Scope], help="may be repeated; by default submit and read"
    )
    create.add_argument("--expires", type=duration, metavar="TIME", help="such as 90d or 12h; by default never")
    create.add_argument("--note", default="", help="to recognize the key by")
    create.add_argument("--requests-per-second", type=float, metavar="N", help="instead of the gateway's limit")
    create.add_argument("--open-jobs", type=int, metavar="N", help="instead of the gateway's limit")
    create.add_argument(
        "--stored-bytes", type=size, metavar="SIZE", help="such as 500GiB; instead of the gateway's limit"
    )
    create.add_argument("--upload-bytes", type=size, metavar="SIZE", help="the largest file; below the gateway's limit")
    create.set_defaults(do=_create)
    actions.add_parser("list", help="list all keys, without their secrets").set_defaults(do=_list)
    revoke = actions.add_parser("revoke", help="end keys, their sessions and their signed URLs")
    revoke.add_argument("ids", nargs="+", metavar="ID", help="the short id of a key")
    revoke.set_defaults(do=_revoke)
    rotate = actions.add_parser("rotate", help="print a key that replaces another")
    rotate.add_argument("id", metavar="ID", help="the short id of the key")
    rotate.add_argument(
        "--keep", type=duration, default=timedelta(days=1), metavar="TIME", help="how long the old one stays valid: 1d"
    )
    rotate.set_defaults(do=_rotate)


def run(arguments: argparse.Namespace) -> int:
    asyncio.run(_run(arguments.do, arguments))
    return 0


async def _run(do: Action, arguments: argparse.Namespace) -> None:
    async with migrated_database() as database:
        await do(KeyStore(database), arguments)


async def _create(keys: KeyStore, arguments: argparse.Namespace) -> None:
    limits = KeyLimits(**{name: getattr(arguments, name) for name in KeyLimits.model_fields})
    expires_at = utc_now() + arguments.expires if arguments.expires else None
    scopes = {Scope(name) for name in arguments.scope or (Scope.SUBMIT, Scope.READ)}
    created = await create_key(keys, arguments.owner, scopes, note=arguments.note, expires_at=expires_at, limits=limits)
    _show(*created)


async def _list(keys: KeyStore, _: argparse.Namespace) -> None:
    rows = [("ID", "OWNER", "SCOPES", "STATE", "CREATED", "EXPIRES", "NOTE"), *map(_row, await keys.all())]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


async def _revoke(keys: KeyStore, arguments: argparse.Namespace) -> None:
    for key_id in arguments.ids:
        await _find(keys, key_id)
        await keys.revoke(key_id)
        print(f"Revoked {key_id}. Gateways refuse it within 5 seconds.", file=sys.stderr)


async def _rotate(keys: KeyStore, arguments: argparse.Namespace) -> None:
    old = await _find(keys, arguments.id)
    until = utc_now() + arguments.keep
    _show(*await replace_key(keys, old, until))
    print(f"The old key {old.id} stays valid until {until:%Y-%m-%d %H:%M} UTC.", file=sys.stderr)


async def _find(keys: KeyStore, key_id: str) -> ApiKey:
    key = await keys.get(key_id)
    if key is None:
        raise UnknownKey(f"There is no key {key_id!r}. `photochrom-admin keys list` shows all.")
    return key


def _show(key: ApiKey, text: str) -> None:
    expiry = f"until {key.expires_at:%Y-%m-%d %H:%M} UTC" if key.expires_at else "without expiry"
    print(f"Key {key.id} of {key.owner} ({', '.join(key.scopes)}), {expiry}. It is shown only now:", file=sys.stderr)
    print(text)


def _row(key: ApiKey) -> tuple[str, ...]:
    state = "valid" if key.is_valid(utc_now()) else "revoked" if key.revoked_at else "expired"
    expires = f"{key.expires_at:%Y-%m-%d %H:%M}" if key.expires_at else "never"
    return key.id, key.owner, ",".join(key.scopes), state, f"{key.created_at:%Y-%m-%d %H:%M}", expires, key.note


def _owner(text: str) -> str:
    if not OWNER_PATTERN.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no owner: use up to 64 letters, digits and . _ @ -")
    return text
