"""The task preview.recolor: color one preview with other options, and answer whoever waits for it."""

from dataclasses import dataclass, replace

import numpy as np
import structlog
from anyio import to_thread

from shared.documents import Failure
from shared.log import bind_origin
from shared.recoloring import Recolorings, RecolorRequest
from shared.storage.errors import ObjectNotFound
from shared.storage.protocol import ObjectStorage
from worker.chunk.colorize import SOFTWARE
from worker.chunk.request import variant_requests
from worker.imaging import PictureError, Provenance
from worker.leasing.exclusive_lock import SharedExclusiveLock
from worker.models.inference import Colorizers
from worker.models.registry import ModelUnavailable
from worker.sandbox import DecoderPool

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class PreviewRecolorer:
    recolorings: Recolorings
    storage: ObjectStorage
    decoders: DecoderPool
    colorizers: Colorizers
    # That of the chunks of this process: a suspected picture has the process to itself.
    process_lock: SharedExclusiveLock

    async def recolor(self, job_id: str, token: str) -> None:
        """Answer a request about a preview of the job, unless nobody waits for it any more."""
        request = await self.recolorings.take(token)
        if request is None:
            log.info("recolor.late")
            return
        bind_origin(request.origin)
        async with self.process_lock.shared():
            outcome = await self._outcome(request)
        await self.recolorings.answer(token, outcome)
        log.info("recolor.answered", code=outcome.code if isinstance(outcome, Failure) else None)

    async def _outcome(self, request: RecolorRequest) -> bytes | Failure:
        try:
            preview = await self.storage.get(request.preview)
            return await to_thread.run_sync(self._colored, preview, request)
        except PictureError as error:
            return Failure(code=error.code, detail=error.detail)
        except ModelUnavailable as error:
            # The path is for operators.
            log.warning("model.unavailable", model=request.options.model, detail=error.detail)
            return Failure(code=error.code, detail=f"The worker has no model {request.options.model!r}.")
        except ObjectNotFound:
            return Failure(code="no_preview", detail="The preview is no longer in the storage.")

    def _colored(self, preview: bytes, request: RecolorRequest) -> bytes:
        """Blocks. Raises PictureError, and what `Colorizers.get` does."""
        options = request.options
        colorizer = self.colorizers.get(options.model or "", request.checkpoint)
        if options.hints and not colorizer.takes_hints:
            raise PictureError("hints_unsupported", f"The model {colorizer.name!r} takes no hints.")
        *_, variant = variant_requests(options, Provenance(SOFTWARE, colorizer.name, colorizer.sha256))
        with self.decoders.decode(preview) as picture:
            (chroma,) = self.colorizers.infer(variant.inference, [picture.network_input])
            if not np.isfinite(chroma).all():
                raise PictureError("colorizer_failed", "The colorizer returned no usable colors for this picture.")
            return self.decoders.compose(picture, chroma, replace(variant.compose, preview=False)).data
