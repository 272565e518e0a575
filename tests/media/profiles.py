"""A colour profile of a screen that shows more than sRGB, written here from the numbers of its primaries."""

import struct

HEADER_BYTES = 128
D50 = (0.9642, 1.0, 0.8249)
# Adobe RGB (1998), adapted to D50: red, green, blue.
PRIMARIES = {
    b"rXYZ": (0.60974, 0.31111, 0.01947),
    b"gXYZ": (0.20528, 0.62567, 0.06087),
    b"bXYZ": (0.14919, 0.06322, 0.74457),
}
GAMMA = 2.2
NAME = "Wide test colours"


def wide_profile() -> bytes:
    """An ICC profile, version 2."""
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(GAMMA * 256))
    tags = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", len(NAME) + 1) + NAME.encode() + bytes(1 + 78),
        b"wtpt": _xyz(D50),
        **{name: _xyz(values) for name, values in PRIMARIES.items()},
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    table, body = struct.pack(">I", len(tags)), b""
    start = HEADER_BYTES + 4 + 12 * len(tags)
    for name, content in tags.items():
        table += name + struct.pack(">II", start + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    return _header(start + len(body)) + table + body


def _header(size_bytes: int) -> bytes:
    head = struct.pack(">I4sI", size_bytes, bytes(4), 0x02400000) + b"mntrRGB XYZ " + bytes(12) + b"acsp"
    return (head.ljust(68, b"\x00") + _numbers(D50)).ljust(HEADER_BYTES, b"\x00")


def _xyz(values: tuple[float, float, float]) -> bytes:
    return b"XYZ " + bytes(4) + _numbers(values)


def _numbers(values: tuple[float, float, float]) -> bytes:
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)
