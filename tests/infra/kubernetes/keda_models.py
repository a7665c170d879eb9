"""Run by the Python of `make tools`: validates ScaledObjects, as JSON on stdin, with models that were generated from
KEDA's CRD. Strict, and without unknown fields at any depth.
"""

import json
import sys
from typing import Literal

from cloudcoil.models.keda.v1alpha1 import Fallback, ScaledObject, ScaledObjectSpec


class NewerFallback(Fallback):
    """The models are those of an older KEDA: 2.17 has added this field, an enum, to the CRD."""

    behavior: Literal["static", "currentReplicas", "currentReplicasIfHigher", "currentReplicasIfLower"] = "static"


class NewerSpec(ScaledObjectSpec):
    fallback: NewerFallback | None = None


class NewerScaledObject(ScaledObject):
    spec: NewerSpec


for manifest in json.load(sys.stdin):
    NewerScaledObject.model_validate(manifest, strict=True, extra="forbid", by_alias=True, by_name=False)
