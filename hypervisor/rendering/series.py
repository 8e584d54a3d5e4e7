"""A page of /v1/series as text: byte for byte what `SeriesReader.page` gives as JSON, mostly out of what is kept.

What is over does not change, except by what comes late. So the points of a series are kept as text, in blocks of
slots that end before now; a block is good as long as no bucket that it comes from was written (`Ledger`), and what a
camera is (revision, purpose, zone) is part of its name. Everything else is read and written out anew.
"""

from collections.abc import Hashable, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from pydantic_core import to_json

from hypervisor.catalogue import ROWS, Key
from hypervisor.query import SeriesQuery
from hypervisor.rendering.kept import Kept
from hypervisor.rendering.ledger import Ledger, View
from hypervisor.series import Cell, Part, SeriesReader
from hypervisor.spans import FINEST_S, BucketSize, Span

BLOCK_S: dict[BucketSize, int] = {"1m": 3600, "15m": 6 * 3600, "1h": 6 * 3600, "1d": 8 * 86_400}
"""Slots that begin in one such length make a block, by step."""


class _Piece(NamedTuple):
    """Some slots of a camera in a row, and how far their texts can be kept."""

    spans: Sequence[Span]
    name: Hashable
    stamp: int | None  # None: they cannot be kept
    texts: Mapping[Hashable, bytes]  # that are kept

    @property
    def ends(self) -> tuple[int, int]:
        """Return where they begin and end, epoch seconds."""
        return self.spans[0].start, self.spans[-1].end


class _Block(NamedTuple):
    """Some slots in a row."""

    spans: Sequence[Span]
    begin: int
    end: int
    usual: bool  # their buckets are as long as usual (see `Span.sources`)


class Points:
    """Writes pages out; keeps what may be kept, of `most_bytes` at most."""

    def __init__(self, most_bytes: int) -> None:
        self._kept, self._ledger = Kept(most_bytes), Ledger()

    async def page(self, reader: SeriesReader, query: SeriesQuery) -> tuple[bytes, str | None]:
        """Return one page, and where the next one begins.

        Raises:
            Refusal: as `SeriesReader.page`.
        """
        parts, cursor = await reader.parts(query)
        row, step_s = ROWS[query.measure], min(FINEST_S[query.bucket], 3600)
        asked = [part for part in parts if part.keys]
        views = await self._ledger.look(reader.feed, [part.camera.id for part in asked], step_s) if asked else {}
        series = []
        for part in asked:
            texts = await self._part(reader, query, part, views[part.camera.id])
            for key in part.keys:
                names = to_json({"camera": part.camera.id, **row.names(key)})
                series.append(
                    b'%b,"points":[%b]}' % (names[:-1], b",".join([one[query.measure, key] for one in texts]))
                )
        outer = to_json({"measure": query.measure, "unit": row.unit, "bucket": query.bucket})
        return b'%b,"series":[%b],"next":%b}' % (outer[:-1], b",".join(series), to_json(cursor)), cursor

    async def _part(
        self, reader: SeriesReader, query: SeriesQuery, part: Part, view: View
    ) -> list[Mapping[Hashable, bytes]]:
        """Return the texts of one camera, piece by piece."""
        wanted = [(query.measure, key) for key in part.keys]
        pieces = self._pieces(query, part, view, reader.clock())
        fresh = [piece for piece in pieces if any(key not in piece.texts for key in wanted)]
        read = await reader.cells(query, part.camera, [span for piece in fresh for span in piece.spans])
        cells, found = iter(read), dict[tuple[int, int], Mapping[Hashable, bytes]]()
        for piece in fresh:
            own = [next(cells) for _ in piece.spans]
            keys = [key for key in part.keys if (query.measure, key) not in piece.texts]
            texts = _written(query, keys, own)
            if piece.stamp is not None and view.settled(*piece.ends):
                self._kept.put(piece.name, piece.stamp, view.expires_s(*piece.ends), texts)
            found[piece.ends] = {**piece.texts, **texts}
        return [found.get(piece.ends, piece.texts) for piece in pieces]

    def _pieces(self, query: SeriesQuery, part: Part, view: View, now_s: float) -> list[_Piece]:
        camera = part.camera
        who = (camera.id, camera.revision, camera.purpose, camera.timezone, query.bucket)
        pieces = []
        for block in _blocks(query.bucket, part.grid):
            name = (who, block.begin, block.end)
            stamp = view.stamp(block.begin, block.end) if block.usual and block.end <= now_s else None
            texts = self._kept.get(name, stamp, view.now_s) if stamp is not None else None
            pieces.append(_Piece(block.spans, name, stamp, texts or {}))
        return pieces


@lru_cache(maxsize=32)
def _blocks(size: BucketSize, grid: Sequence[Span]) -> tuple[_Block, ...]:
    """Cut a grid into blocks."""
    step_s = min(FINEST_S[size], 3600)
    found = []
    for _, group in groupby(grid, key=lambda span: span.start // BLOCK_S[size]):
        spans = tuple(group)
        usual = all(span.start % step_s == 0 and span.end % step_s == 0 for span in spans)
        found.append(_Block(spans, spans[0].start, spans[-1].end, usual))
    return tuple(found)


def _written(query: SeriesQuery, keys: Sequence[Key], cells: Sequence[Cell]) -> dict[Hashable, bytes]:
    """Write the points of some series out: what is the same for all of a camera's is written once."""
    row = ROWS[query.measure]
    frames = [
        (
            b'{"start":%b,"value":' % to_json(cell.start),
            b",%b" % to_json({"status": cell.status, "coverage": cell.coverage, "quality": cell.quality})[1:],
        )
        for cell in cells
    ]
    return {
        (query.measure, key): b",".join(
            [
                b"%b%b%b" % (head, to_json(cell.value(row, key)), tail)
                for cell, (head, tail) in zip(cells, frames, strict=True)
            ]
        )
        for key in keys
    }
