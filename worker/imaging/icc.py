"""Writes an ICC profile (version 2) for RGB of given primaries and gamma."""

import struct
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

D50 = np.array([0.9642, 1.0, 0.8249])
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_HEADER_BYTES = 128


def matrix_profile(chromaticities: Sequence[float], gamma: float) -> bytes:
    """`chromaticities` are x and y of white, red, green and blue; `gamma` is the exponent from code to light.

    Raises ValueError or LinAlgError if there are no such primaries.
    """
    white, *primaries = (_xyz(x, y) for x, y in zip(chromaticities[::2], chromaticities[1::2], strict=True))
    columns = np.array(primaries).T
    columns = columns * np.linalg.solve(columns, white)
    adapted = np.linalg.solve(_BRADFORD, np.diag(_BRADFORD @ D50 / (_BRADFORD @ white)) @ _BRADFORD @ columns)
    curve = b"curv" + bytes(4) + struct.pack(">LHxx", 1, min(round(gamma * 256), 0xFFFF))
    tags = {name: _xyz_tag(adapted[:, at]) for at, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    return profile(b"RGB ", {b"wtpt": _xyz_tag(D50), **tags})


def profile(space: bytes, tags: Mapping[bytes, bytes]) -> bytes:
    """A display profile of that color space (four bytes). The length of each tag is a multiple of four."""
    at = _HEADER_BYTES + 4 + 12 * len(tags)
    table, data = struct.pack(">L", len(tags)), b""
    for name, tag in tags.items():
        table += struct.pack(">4sLL", name, at + len(data), len(tag))
        data += tag
    header = struct.pack(">L4xL4s4s4s12x4s", at + len(data), 0x02400000, b"mntr", space, b"XYZ ", b"acsp")
    illuminant = b"".join(_fixed(value) for value in D50)
    return header.ljust(68, b"\0") + illuminant + bytes(_HEADER_BYTES - 80) + table + data


def _xyz(x: float, y: float) -> Matrix:
    if y <= 0:
        raise ValueError(f"y of a chromaticity must be positive, not {y}")
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _xyz_tag(values: Sequence[float] | Matrix) -> bytes:
    return b"XYZ " + bytes(4) + b"".join(_fixed(value) for value in values)


def _fixed(value: float) -> bytes:
    return struct.pack(">l", round(value * 65536))
