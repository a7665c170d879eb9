"""The numbers of TIFF (6.0 and its supplements, DNG 1.7, TIFF/EP): tags, compressions, photometric interpretations."""

from enum import IntEnum


class Tag(IntEnum):
    """The tags that reading needs."""

    SUBFILE_TYPE = 254
    OLD_SUBFILE_TYPE = 255
    WIDTH = 256
    HEIGHT = 257
    BITS = 258
    COMPRESSION = 259
    PHOTOMETRIC = 262
    FILL_ORDER = 266
    MAKE = 271
    STRIP_OFFSETS = 273
    ORIENTATION = 274
    SAMPLES = 277
    ROWS_PER_STRIP = 278
    STRIP_BYTES = 279
    X_RESOLUTION = 282
    Y_RESOLUTION = 283
    PLANAR = 284
    RESOLUTION_UNIT = 296
    PREDICTOR = 317
    COLOR_MAP = 320
    TILE_WIDTH = 322
    TILE_HEIGHT = 323
    TILE_OFFSETS = 324
    TILE_BYTES = 325
    SUBIFDS = 330
    EXTRA_SAMPLES = 338
    SAMPLE_FORMAT = 339
    JPEG_TABLES = 347
    JPEG_LINK = 513
    YCBCR_COEFFICIENTS = 529
    YCBCR_SUBSAMPLING = 530
    REFERENCE_BLACK_WHITE = 532
    ICC_PROFILE = 34675
    DNG_VERSION = 50706
    CR2_SLICES = 50752


REDUCED, MASK = 1, 4
"""Bits of NewSubfileType."""

OLD_REDUCED = 2
"""A value of the older SubfileType."""

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, TRANSPARENCY_MASK, CMYK, YCBCR = range(7)
COLOR_FILTER_ARRAY, LINEAR_RAW = 32803, 34892
COLOR_SPACES = {4: "transparency mask", 8: "LAB", 9: "ICCLAB", 10: "ITULAB", 32844: "LogL", 32845: "LogLuv"}
"""Unsupported ones, with their names for messages."""

UNCOMPRESSED, LZW, OLD_JPEG, JPEG, DEFLATE, PACKBITS = 1, 5, 6, 7, 8, 32773
JPEG_2000, LZMA, ZSTD, WEBP, PKZIP_DEFLATE = 34712, 34925, 50000, 50001, 32946
RUN_LENGTH, FAX_3, FAX_4 = 2, 3, 4

COMPRESSIONS = frozenset({UNCOMPRESSED, LZW, JPEG, DEFLATE, PKZIP_DEFLATE, PACKBITS, JPEG_2000, LZMA, ZSTD, WEBP})
"""The supported ones."""

OTHER_COMPRESSIONS = {
    RUN_LENGTH: "CCITT RLE",
    FAX_3: "CCITT fax group 3",
    FAX_4: "CCITT fax group 4",
    OLD_JPEG: "old-style JPEG",
    9: "JBIG",
    10: "JBIG",
    32766: "NeXT",
    32771: "CCITT RLE/W",
    32809: "ThunderScan",
    32908: "Pixar Film",
    32909: "Pixar Log",
    33003: "Aperio JPEG 2000",
    33005: "Aperio JPEG 2000",
    33007: "alternative JPEG",
    34661: "JBIG",
    34676: "SGI Log",
    34677: "SGI Log 24",
    34715: "JBIG2",
    34887: "LERC",
    34933: "PNG",
    34934: "JPEG XR",
    50002: "JPEG XL",
    52546: "JPEG XL",
}
"""Unsupported ones, with their names for messages."""

RAW_COMPRESSIONS = frozenset({32767, 32769, 32770, 32772, 34713, 34892, 65000, 65535})
"""Those of camera vendors: Sony, Samsung, Nikon, DNG, Kodak, Pentax."""
