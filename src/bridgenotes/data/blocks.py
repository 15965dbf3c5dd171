"""From a file, packed or not, to blocks of whole records.

A block is some megabytes of text that begins and ends at a record; only one is in
memory at a time. Ordinary CSV quoting is in force (spec 01 A.2): a line end belongs to a
field while the number of ``"`` before it is odd.
"""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import zstandard

from bridgenotes.data.errors import DataError
from bridgenotes.data.records import count, count_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from bridgenotes.data.files import InputFile

DEFAULT_BLOCK: Final = 16 << 20
_LONGEST_RECORD: Final = 64 << 20
_PACKED_PIECE: Final = 64 << 10
_BOM: Final = b"\xef\xbb\xbf"
_MAGIC: Final = {"gz": b"\x1f\x8b", "zst": b"\x28\xb5\x2f\xfd", "zip": b"PK"}


class UnreadableError(DataError):
    """A file cannot be unpacked or cut into records; ``line`` says from where, if known."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        self.line = line
        super().__init__(reason)


@dataclass(frozen=True)
class Block:
    """Whole records of a text file.

    Attributes
    ----------
    data : bytes
        The records, each with its line end (the last record of a file may lack it).
    first_line : int
        Line of the file on which the first record begins; 1 is the header's.
    n_lines : int
        How many lines there are, line ends inside quotes included.
    position : int
        Bytes of the file, as it is on disk, that are behind us.
    """

    data: bytes
    first_line: int
    n_lines: int
    position: int


def blocks(file: InputFile, size: int = DEFAULT_BLOCK) -> Iterator[Block]:
    """Yield the records of a text file in blocks of about ``size`` bytes, header included.

    Raises
    ------
    UnreadableError
        If the packing is broken or a quotation mark is never closed.
    """
    line = 1
    kept: list[bytes] = []
    length = 0
    position = 0
    wanted = size
    for piece, position in _pieces(file, size):
        kept.append(piece)
        length += len(piece)
        if length < wanted:
            continue
        data, rest = _cut(kept)
        if data:
            yield (block := _block(data, line, position))
            line += block.n_lines
            wanted = size
        elif length > _LONGEST_RECORD:
            raise UnreadableError(_UNCLOSED, line)
        else:  # a record longer than a block: wait for twice as much
            wanted = 2 * length
        kept, length = [rest], len(rest)
    data = b"".join(kept)
    is_open = count(data, '"') % 2 == 1
    end = last_record_end(data) if is_open else len(data)
    if end:
        yield (block := _block(data[:end], line, position))
        line += block.n_lines
    if is_open:
        raise UnreadableError(_UNCLOSED, line)


def _block(data: bytes, line: int, position: int) -> Block:
    return Block(data, line, count_lines(data), position)


def _cut(pieces: list[bytes]) -> tuple[bytes, bytes]:
    """Return the whole records of joined pieces, and what is left."""
    last = pieces[-1]
    end = last.rfind(b"\n") + 1
    if end and not any(b'"' in piece for piece in pieces):
        # the usual case: copy once
        return b"".join([*pieces[:-1], memoryview(last)[:end]]), last[end:]
    data = b"".join(pieces)
    end = last_record_end(data)
    return data[:end], data[end:]


_UNCLOSED: Final = (
    'a " opened in the record that begins here is never closed; double it inside quoted text, or remove it'
)


def last_record_end(data: bytes) -> int:
    """Return where the last complete record of ``data`` ends (0 if none does)."""
    end = data.rfind(b"\n")
    if b'"' not in data:
        return end + 1
    quotes = data.count(b'"', 0, max(end, 0))
    while end >= 0 and quotes % 2:
        earlier = data.rfind(b"\n", 0, end)
        quotes -= data.count(b'"', earlier + 1, end)
        end = earlier
    return end + 1


def _pieces(file: InputFile, size: int) -> Iterator[tuple[bytes, int]]:
    """Yield unpacked bytes with the position in the packed file; a byte order mark is dropped."""
    is_first = True
    for piece, position in _unpack(file, size):
        if is_first:
            yield piece.removeprefix(_BOM), position
        else:
            yield piece, position
        is_first = is_first and not piece


def _unpack(file: InputFile, size: int) -> Iterator[tuple[bytes, int]]:
    if file.packing == "zip":
        yield from _unzip(file.path, size)
        return
    with file.path.open("rb") as source:
        if file.packing is None:
            while piece := source.read(max(size, len(_BOM))):
                yield piece, source.tell()
        else:
            yield from _stream(source, file.packing)


class _Decoder(Protocol):
    """What zlib's and zstandard's decompression objects have in common."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, /) -> bytes: ...


def _decoder(packing: str) -> _Decoder:
    if packing == "gz":
        return zlib.decompressobj(wbits=31)
    return zstandard.ZstdDecompressor(max_window_size=1 << 31).decompressobj()


def _stream(source: BinaryIO, packing: str) -> Iterator[tuple[bytes, int]]:
    """Yield what a gzip or Zstandard file holds; several members follow each other."""
    head = source.read(4)
    if head and not head.startswith(_MAGIC[packing]):
        raise UnreadableError(f"is not a .{packing} file; rename it if it is not compressed")
    decoder = _decoder(packing)
    is_inside = False
    packed = head
    while packed:
        try:
            piece = decoder.decompress(packed)
        except (zlib.error, zstandard.ZstdError) as error:
            raise UnreadableError(f"is damaged ({error}); fetch it again") from error
        is_inside = True
        if piece:
            yield piece, source.tell()
        if decoder.eof:
            packed = decoder.unused_data
            decoder, is_inside = _decoder(packing), False
            packed = packed or source.read(_PACKED_PIECE)
        else:
            packed = source.read(_PACKED_PIECE)
    if is_inside:
        raise UnreadableError("is cut off: its end is missing; fetch it again")


def _unzip(path: Path, size: int) -> Iterator[tuple[bytes, int]]:
    """Yield the one TSV of a zip archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if _is_tsv(name)]
            if len(names) != 1:
                raise UnreadableError(
                    f"must hold exactly one .tsv, but holds {len(names)}"
                    + (f" ({', '.join(sorted(names)[:3])}, …)" if names else "")
                )
            info = archive.getinfo(names[0])
            done = 0
            with archive.open(info) as source:
                while piece := source.read(size):
                    done += len(piece)
                    yield piece, info.compress_size * done // max(info.file_size, 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise UnreadableError(f"is not a sound .zip file ({error}); fetch it again") from error


def _is_tsv(name: str) -> bool:
    return name.endswith(".tsv") and not name.startswith("__MACOSX/")
