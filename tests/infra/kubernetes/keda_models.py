"""Run by the Python of `make tools`: validates ScaledObjects, as JSON on stdin, with models that were generated from
KEDA's CRD. Strict, and without unknown fields at any depth.
"""

import json
import sys

from cloudcoil.models.keda.v1alpha1 import ScaledObject

for manifest in json.load(sys.stdin):
    ScaledObject.model_validate(manifest, strict=True, extra="forbid", by_alias=True, by_name=False)
