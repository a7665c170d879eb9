"""List the messages to webhooks, send some again, show or replace the secrets that sign them.

A message keeps its id when it is sent again, so that a receiver recognizes it.
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta

from infra.admin.migrated import migrated_database
from infra.admin.wording import duration
from shared.errors import Conflict, NotFound
from shared.stores import Stores
from shared.webhooks.documents import SERVICE, Delivery, DeliveryState
from shared.webhooks.urls import Target

Action = Callable[[Stores, argparse.Namespace], Awaitable[None]]
SHOWN = 50
COLUMNS = ("ID", "STATE", "ATTEMPTS", "LAST", "NEXT", "URL")


class UnknownMessage(NotFound):
    """There is no message with this id."""

    code = "unknown_message"


class StillPending(Conflict):
    """The message is being sent anyway."""

    code = "still_pending"


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="list messages, the newest first")
    listing.add_argument("--state", choices=[*DeliveryState], help="only those in this state")
    listing.add_argument("--job", metavar="ID", help="only those about this job")
    listing.add_argument("--limit", type=int, default=SHOWN, metavar="N", help=f"at most so many (default {SHOWN})")
    listing.set_defaults(do=_list)
    again = actions.add_parser("redeliver", help="send messages again, and others to their URLs, too")
    again.add_argument("ids", nargs="*", metavar="ID", help="of a message, as `list` shows it")
    again.add_argument("--failed", action="store_true", help="all that were given up")
    again.set_defaults(do=_redeliver)
    secret = actions.add_parser("secret", help="print the secret that signs an owner's messages on stdout")
    secret.add_argument("owner", nargs="?", default=SERVICE, help="by default of the URL in the service's settings")
    secret.add_argument("--rotate", action="store_true", help="replace it, and print the new one")
    secret.add_argument(
        "--keep", type=duration, default=timedelta(days=1), metavar="TIME", help="how long the old one signs, too: 1d"
    )
    secret.set_defaults(do=_secret)


def run(arguments: argparse.Namespace) -> int:
    asyncio.run(_run(arguments.do, arguments))
    return 0


async def _run(do: Action, arguments: argparse.Namespace) -> None:
    async with migrated_database() as database:
        await do(Stores.over(database), arguments)


async def _list(stores: Stores, arguments: argparse.Namespace) -> None:
    state = DeliveryState(arguments.state) if arguments.state else None
    newest = stores.deliveries.newest(state, arguments.job, arguments.limit)
    rows = [COLUMNS, *[_row(delivery) async for delivery in newest]]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _row(delivery: Delivery) -> tuple[str, ...]:
    last = delivery.last
    result = "" if last is None else f"{last.at:%Y-%m-%d %H:%M} {last.status or last.error}"
    due = f"{delivery.next_at:%Y-%m-%d %H:%M}" if delivery.state is DeliveryState.PENDING else ""
    url = Target.of(delivery.webhook.url).shown
    return delivery.id, delivery.state.value, str(delivery.attempts), result, due, url


async def _redeliver(stores: Stores, arguments: argparse.Namespace) -> None:
    deliveries = [await _find(stores, message_id) for message_id in arguments.ids]
    if arguments.failed:
        deliveries += [each async for each in stores.deliveries.newest(DeliveryState.FAILED)]
    elif not deliveries:
        raise UnknownMessage("Name the messages to send again, or use --failed. `webhooks list` shows all.")
    for delivery in deliveries:
        if not await stores.deliveries.redeliver(delivery):
            raise StillPending(f"{delivery.id} is pending; it is sent at {delivery.next_at:%Y-%m-%d %H:%M} UTC.")
        print(f"{delivery.id} is sent again now.", file=sys.stderr)


async def _find(stores: Stores, message_id: str) -> Delivery:
    delivery = await stores.deliveries.get(message_id)
    if delivery is None:
        raise UnknownMessage(f"There is no message {message_id!r}. `photochrom-admin webhooks list` shows all.")
    return delivery


async def _secret(stores: Stores, arguments: argparse.Namespace) -> None:
    if arguments.rotate:
        print(await stores.webhook_secrets.rotate(arguments.owner, arguments.keep))
        print("The old secret goes on signing, too, until the new one is in use everywhere.", file=sys.stderr)
    else:
        print((await stores.webhook_secrets.valid(arguments.owner))[0])
