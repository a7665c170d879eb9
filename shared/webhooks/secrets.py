"""The secrets that sign messages: one for each owner and one for the service, made when first needed."""

from datetime import datetime, timedelta

from shared.clock import utc_now
from shared.mongo import Database, translate_errors, update_if
from shared.webhooks.signing import new_secret


class WebhookSecrets:
    """All methods raise StoreUnavailable if the store does not respond."""

    def __init__(self, database: Database) -> None:
        self._secrets = database["secrets"]  # Backups contain it.

    @translate_errors
    async def valid(self, signer: str) -> list[str]:
        """The current secret first, then replaced ones that still sign."""
        first = {"current": new_secret(), "replaced": []}
        await self._secrets.update_one({"_id": _id(signer)}, {"$setOnInsert": first}, upsert=True)
        document = await self._secrets.find_one({"_id": _id(signer)})
        assert document is not None, "secrets are never removed"
        now = utc_now()
        return [document["current"], *(each["secret"] for each in document["replaced"] if each["until"] > now)]

    @translate_errors
    async def rotate(self, signer: str, keep: timedelta) -> str:
        """Replace the current secret; the old one goes on signing, too, for so long. Returns the new one."""
        while True:
            current = (await self.valid(signer))[0]
            new, until = new_secret(), utc_now() + keep
            as_read = {"_id": _id(signer), "current": current}
            if await update_if(self._secrets, as_read, _replacement(current, new, until)):
                return new


def _id(signer: str) -> str:
    return f"webhooks of {signer}"


def _replacement(current: str, new: str, until: datetime) -> dict[str, object]:
    # The last two are enough: a third one that is still in use would mean that nobody changes over.
    replaced = {"$each": [{"secret": current, "until": until}], "$position": 0, "$slice": 2}
    return {"$set": {"current": new}, "$push": {"replaced": replaced}}
