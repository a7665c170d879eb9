"""Child processes with limits that decode and compose: a hostile picture can kill only its decoder. Knows no job."""

from worker.sandbox.machine_memory import MachineMemory
from worker.sandbox.pictures import ComposedPicture, DecodedPicture
from worker.sandbox.pool import DecoderPool

__all__ = ["ComposedPicture", "DecodedPicture", "DecoderPool", "MachineMemory"]
