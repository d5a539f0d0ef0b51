"""Pictures by their structure, never by their bytes: two machines draw the same plot with other fonts.

Two pictures of one type match when their sides differ by at most 4 pixels or 2 %, and, for PNG as plots are
written (8 bits a channel, not interlaced), when they look alike from afar: both are laid out in 8 by 8 squares,
and the mean red, green and blue of each square may differ by at most 6 of 255.

    empty axes against the same with one line          6 to 10 in 13 squares    different
    a line, points, bars, an image: other hinting      at most 4.2              the same
    the same four in another family of fonts           0.3 to 18                three in four the same

(matplotlib 3.11, 640 by 480 pixels cut to their content.)

Source of the format: the PNG specification, third edition, sections 5 (chunks) and 9 (filters).
"""

from __future__ import annotations

import base64
import binascii
import struct
import zlib
from collections.abc import Iterator
from itertools import accumulate

from jupyter_mlops.running.comparing.terms import Unlike

SIDE_PIXELS, SIDE_SHARE = 4, 0.02
SQUARES = 8
SHADE = 6
# Beyond, taking a picture apart takes longer than people wait; its size alone counts.
_MOST_PIXELS = 4_000_000
_CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}
_PNG = b"\x89PNG\r\n\x1a\n"

Shades = list[tuple[float, float, float]]


def unlike_pictures(mime: str, saved: str, now: str) -> Unlike | None:
    """How two pictures in base64 differ by the rules; None where they do not."""
    if saved == now:
        return None
    one, other = _bytes(saved), _bytes(now)
    if one == other:
        return None
    kind = mime.removeprefix("image/").upper()
    before, after = _size(one), _size(other)
    if before is None and after is None:
        # of a format that is not read here, only that it is there counts
        return None
    texts = (_text(before, kind), _text(after, kind))
    if before is None or after is None:
        return Unlike("image", "one of the two pictures cannot be read", *texts)
    if any(abs(x - y) > max(SIDE_PIXELS, SIDE_SHARE * max(x, y)) for x, y in zip(before, after, strict=True)):
        return Unlike("image", "the picture has another size", *texts)
    shades, others = _shades(one), _shades(other)
    if shades is None or others is None:
        return None
    unlike = sum(
        any(abs(x - y) > SHADE for x, y in zip(*pair, strict=True)) for pair in zip(shades, others, strict=True)
    )
    if not unlike:
        return None
    return Unlike("image", f"the picture looks different in {unlike} of its {SQUARES**2} squares", *texts)


def _text(size: tuple[int, int] | None, kind: str) -> str:
    return f"{size[0]}×{size[1]} {kind}" if size else f"{kind} without a size"


def _bytes(text: str) -> bytes:
    """The bytes of a picture; none where the text is no base64."""
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        return b""


def _size(data: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG, GIF or JPEG."""
    if data.startswith(_PNG) and len(data) >= 24:
        return struct.unpack(">II", data[16:24])
    if data[:6] in (b"GIF87a", b"GIF89a") and len(data) >= 10:
        return struct.unpack("<HH", data[6:10])
    return _jpeg_size(data) if data.startswith(b"\xff\xd8") else None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        # a frame header, of which three numbers in the range mean other things
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return int.from_bytes(data[at + 7 : at + 9]), int.from_bytes(data[at + 5 : at + 7])
        at += 2 + length
    return None


def _shades(data: bytes) -> Shades | None:
    """The mean colour of each square on white; None for what is no PNG as plots are written."""
    if not data.startswith(_PNG) or len(data) < 33:
        return None
    width, height, depth, colours, _, _, interlaced = struct.unpack(">IIBBBBB", data[16:29])
    channels = _CHANNELS.get(colours)
    if channels is None or depth != 8 or interlaced or min(width, height) < SQUARES or width * height > _MOST_PIXELS:
        return None
    stride = width * channels
    try:
        packed = b"".join(body for name, body in _chunks(data) if name == b"IDAT")
        raw = zlib.decompressobj().decompress(packed, (stride + 1) * height)
    except (zlib.error, struct.error):
        return None
    if len(raw) < (stride + 1) * height:
        return None
    sums = [[0.0, 0.0, 0.0] for _ in range(SQUARES**2)]
    edges = [column * width // SQUARES for column in range(SQUARES + 1)]
    for y, row in enumerate(_rows(raw, stride, channels)):
        planes = _on_white(row, channels)
        band = y * SQUARES // height * SQUARES
        for column in range(SQUARES):
            start, end = edges[column], edges[column + 1]
            for channel, plane in enumerate(planes):
                sums[band + column][channel] += sum(plane[start:end]) / (end - start)
    rows = [sum(y * SQUARES // height == band for y in range(height)) for band in range(SQUARES)]
    return [(r / n, g / n, b / n) for (r, g, b), n in zip(sums, (n for n in rows for _ in range(SQUARES)), strict=True)]


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_PNG)
    while at + 8 <= len(data):
        length, name = struct.unpack(">I4s", data[at : at + 8])
        yield name, data[at + 8 : at + 8 + length]
        at += 12 + length


def _rows(raw: bytes, stride: int, channels: int) -> Iterator[bytearray]:
    """The rows of pixels with their filters undone."""
    above = bytearray(stride)
    for start in range(0, len(raw), stride + 1):
        row = bytearray(raw[start + 1 : start + 1 + stride])
        match raw[start]:
            case 1:
                for channel in range(channels):
                    row[channel::channels] = bytes(each & 255 for each in accumulate(row[channel::channels]))
            case 2:
                row = bytearray((a + b) & 255 for a, b in zip(row, above, strict=True))
            case 3:
                for at in range(stride):
                    left = row[at - channels] if at >= channels else 0
                    row[at] = (row[at] + (left + above[at]) // 2) & 255
            case 4:
                _undo_paeth(row, above, channels)
            case _:
                pass
        yield row
        above = row


def _undo_paeth(row: bytearray, above: bytearray, channels: int) -> None:
    """Add to each byte the neighbour (left, above, above left) that is nearest to their linear guess."""
    for at in range(channels):
        row[at] = (row[at] + above[at]) & 255
    for at in range(channels, len(row)):
        left, up, corner = row[at - channels], above[at], above[at - channels]
        by_left, by_up, by_corner = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
        guess = left if by_left <= by_up and by_left <= by_corner else up if by_up <= by_corner else corner
        row[at] = (row[at] + guess) & 255


def _on_white(row: bytearray, channels: int) -> list[bytes]:
    """The red, green and blue of a row, with what is transparent laid on white."""
    colours = [bytes(row[channel::channels]) for channel in range(channels)]
    if channels in (2, 4):
        alpha = colours.pop()
        if min(alpha) < 255:
            colours = [bytes(255 + (c - 255) * a // 255 for c, a in zip(each, alpha, strict=True)) for each in colours]
    return colours if len(colours) == 3 else colours * 3
