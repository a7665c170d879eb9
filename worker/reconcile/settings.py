"""The reconciler's settings: `PHOTOCHROM_RECONCILE__<FIELD>` in addition to the shared groups."""

from pydantic import BaseModel, Field

from shared.settings import ProcessSettings
from shared.webhooks.policy import WebhookSettings


class ReconcileSettings(BaseModel):
    interval_seconds: float = Field(default=1.0, description="pause between two passes over what should be moving")
    resend_seconds: float = Field(default=5.0, description="how long a message may be missing before it is sent again")
    upload_seconds: float = Field(default=300.0, description="how long a submission may stall before it is removed")
    orphans_seconds: float = Field(default=300.0, description="pause between two searches for what belongs to no job")
    survey_seconds: float = Field(
        default=10.0, gt=0, description="pause between two counts of what waits, for `/metrics`"
    )


class ReconcilerSettings(ProcessSettings):
    reconcile: ReconcileSettings = ReconcileSettings()
    webhooks: WebhookSettings = WebhookSettings()
