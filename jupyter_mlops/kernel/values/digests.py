"""Digests of large contents: of an array's memory, of a long list. Fast rather than safe against forgery.

An array's memory is cut into pieces of 1 MiB, seen as a table of 8-byte words; the sums of its rows and of its columns
stand for a piece, so that an exchange of two elements shows as well as a change of one:

    1 2 │ 3        2 1 │ 3
    3 4 │ 7        3 4 │ 7
    ────┘          ────┘
    4 6            5 5        other sums

A long list is cut into pieces of 1,000 items, each as the bytes of `marshal`. The pieces are taken one by one, so that
the same digest can be computed at once or while the kernel has nothing to do.
"""

from __future__ import annotations

import marshal
import sys
from collections.abc import Generator, Iterable
from hashlib import blake2b
from itertools import islice
from typing import Any

DIGEST_BYTES = 9
_PIECE = 1 << 20
_ROW_WORDS = 128
_ITEMS = 1000
# no references, no interned strings, sets in an order of their own: the same bytes for equal values
_VERSION = 2


class NoDigestError(ValueError):
    """The content holds something that has no bytes of its own."""


def text_of(digest: bytes) -> str:
    """A digest as text."""
    return digest.hex()


def of_bytes(data: bytes) -> bytes:
    """The digest of some bytes."""
    return blake2b(data, digest_size=DIGEST_BYTES).digest()


def finished(steps: Generator[None, None, bytes]) -> bytes:
    """All steps of a digest at once."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def array_steps(array: Any) -> Generator[None, None, bytes]:
    """The digest of the elements of an array without objects; structured ones field by field, since the bytes between
    fields are anything."""
    numpy = sys.modules["numpy"]
    if array.dtype.names is not None:
        parts: list[bytes] = []
        for name in array.dtype.names:
            parts.append((yield from array_steps(array[name])))
        return of_bytes(b"".join(parts))
    fortran = array.flags.f_contiguous and not array.flags.c_contiguous
    # a view where the memory is in one piece, else a copy
    memory = numpy.ascontiguousarray(array.T if fortran else array).reshape(-1).view(numpy.uint8)
    digest = blake2b(b"F" if fortran else b"C", digest_size=DIGEST_BYTES)
    for start in range(0, len(memory), _PIECE):
        piece = memory[start : start + _PIECE]
        whole_rows = len(piece) // (8 * _ROW_WORDS) * (8 * _ROW_WORDS)
        if whole_rows:
            table = piece[:whole_rows].view(numpy.uint64).reshape(-1, _ROW_WORDS)
            digest.update(table.sum(axis=0, dtype=numpy.uint64).tobytes())
            digest.update(table.sum(axis=1, dtype=numpy.uint64).tobytes())
        digest.update(piece[whole_rows:].tobytes())
        yield
    return digest.digest()


def items_steps(items: Iterable[Any]) -> Generator[None, None, bytes]:
    """The digest of many plain items: numbers, texts, and lists, dicts and sets of these.

    Raises NoDigestError where one of them is something else, RuntimeError where they change meanwhile.
    """
    digest = blake2b(digest_size=DIGEST_BYTES)
    rest = iter(items)
    while piece := tuple(islice(rest, _ITEMS)):
        digest.update(plain(piece))
        yield
    return digest.digest()


def plain(value: Any) -> bytes:
    """The bytes of a plain value. Raises NoDigestError where it holds something else, or is nested too deeply."""
    try:
        return marshal.dumps(value, _VERSION)
    except ValueError:
        raise NoDigestError(type(value).__name__) from None
