"""One page of a long list, cut by the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, func, select

from wbl.db import db

T = TypeVar("T")
PAGE_SIZE = 25
"""Rows of a page: on a phone each is a card, and a slow server has them all to write."""
AT_ONCE = 500
_size_of_all: ContextVar[int | None] = ContextVar("size_of_all", default=None)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """``items`` of page ``number`` (from 1) of a list of ``total``."""

    items: Sequence[T]
    number: int
    total: int
    size: int = PAGE_SIZE

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        """The place of the first item in the whole list, from 1 (0 where there is none)."""
        return (self.number - 1) * self.size + 1 if self.total else 0

    @property
    def last(self) -> int:
        return min(self.number * self.size, self.total)


def paginate(
    statement: Select[Any], number: int, *, size: int = PAGE_SIZE, scalars: bool = True
) -> Page[Any]:
    """Page ``number`` of ``statement`` (clamped to the pages there are), in two queries.

    ``scalars``: give the first column of each row (an entity) instead of the row.
    """
    size = _size_of_all.get() or size
    total = db.session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0
    pages = max(1, -(-total // size))
    number = min(max(1, number), pages)
    result = db.session.execute(statement.limit(size).offset((number - 1) * size))
    items = result.scalars().unique().all() if scalars else result.all()
    return Page(items=items, number=number, total=total, size=size)


def paginate_keys(keys: Select[tuple[int]], number: int) -> Page[int]:
    """Page ``number`` (clamped) of a list of primary keys, in one query: for things that hold much.

    Sorting and counting thousands of keys takes half the time of doing it with all that a page shows.
    """
    size = _size_of_all.get() or PAGE_SIZE
    counted = keys.add_columns(func.count().over())
    number = max(1, number)
    rows = db.session.execute(counted.limit(size).offset((number - 1) * size)).all()
    if not rows and number > 1:  # there are fewer pages: the last one
        total = db.session.scalar(select(func.count()).select_from(keys.order_by(None).subquery())) or 0
        number = max(1, -(-total // size))
        rows = db.session.execute(counted.limit(size).offset((number - 1) * size)).all()
    return Page([key for key, _total in rows], number, rows[0][1] if rows else 0, size)


def paginate_counted(rows: Select[Any], count: Select[tuple[int]], number: int) -> Page[Any]:
    """Page ``number`` (clamped) of rows; ``count`` asks how many there are, without what only sorts them."""
    size = _size_of_all.get() or PAGE_SIZE
    total = db.session.scalar(count) or 0
    number = min(max(1, number), max(1, -(-total // size)))
    items = db.session.execute(rows.limit(size).offset((number - 1) * size)).all()
    return Page(items, number, total, size)


def paginate_whole(keys: Select[tuple[int]], whole: Select[Any], number: int) -> Page[Any]:
    """The things of a page of keys, in two queries; ``whole`` asks for them with what is shown of each."""
    cut = paginate_keys(keys, number)
    of = whole.column_descriptions[0]["entity"]
    by_key = {one.id: one for one in db.session.scalars(whole.where(of.id.in_(cut.items))).unique()}
    return Page([by_key[key] for key in cut.items], cut.number, cut.total, cut.size)


def page_of_list(items: Sequence[T], number: int, *, size: int = PAGE_SIZE) -> Page[T]:
    """Page ``number`` (clamped) of a list that is there whole, as :func:`paginate`."""
    size = _size_of_all.get() or size
    number = min(max(1, number), max(1, -(-len(items) // size)))
    return Page(items[(number - 1) * size : number * size], number, len(items), size)


def every(page_of: Callable[[int], Page[T]]) -> Iterator[T]:
    """All items of a list, page by page: for a file, which has the filter of the list and all its rows.

    ``page_of`` gives the page of a number, by :func:`paginate`; pages are larger here.
    """
    number = 1
    while True:
        token = _size_of_all.set(AT_ONCE)
        try:
            page = page_of(number)
        finally:
            _size_of_all.reset(token)
        yield from page.items
        if number >= page.pages:
            return
        number += 1
