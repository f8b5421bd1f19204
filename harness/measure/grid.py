"""A grid of images as a PNG file, without an imaging library."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt


def write_grid(path: Path, images: npt.NDArray[np.floating], columns: int = 10) -> None:
    """Writes images (n, height, width) with values 0 to 1 as one grey PNG, row by row, ``columns`` wide."""
    count, height, width = images.shape
    rows = -(-count // columns)
    tiles = np.zeros((rows * columns, height, width), np.uint8)
    tiles[:count] = np.rint(images.clip(0, 1) * 255).astype(np.uint8)
    sheet = tiles.reshape(rows, columns, height, width).swapaxes(1, 2).reshape(rows * height, columns * width)
    # Each line of a PNG starts with its filter, here none (0); 8 bits, grey (0).
    lines = np.pad(sheet, ((0, 0), (1, 0))).tobytes()
    header = struct.pack(">IIBBBBB", columns * width, rows * height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in chunks))


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
