"""Resume for a copy that was to be replaced by a link.

| on the disk                              | then                                             |
|------------------------------------------|--------------------------------------------------|
| the copy on its shelf, the link at home  | MOVED                                            |
| the copy on its shelf, the name free     | the link gets the name: MOVED; no link: put back |
| the copy on its shelf, another file home | MOVED; that file keeps the name, the link goes   |
| the copy at home                         | the link goes: EXPIRED                           |
"""

from dataclasses import replace

from py_image_dedup.disposal.books.actions import Event, State
from py_image_dedup.disposal.recovery.returning import arrived, not_begun, put_back
from py_image_dedup.disposal.volume.renames import give_back
from py_image_dedup.disposal.ways.finding import Found
from py_image_dedup.disposal.ways.linked import is_our_link, link_spot
from py_image_dedup.disposal.ways.units import Spot
from py_image_dedup.disposal.work import Work


def settle_link(work: Work, one: Found) -> Event:
    """The link stands and the copy is away, or the copy stands and there is no link."""
    if one.home is None:
        if one.stranger:
            return put_back(work, one, State.RACED)
        return arrived(work, one) if one.on_shelf else not_begun(work, one, State.EXPIRED)
    ops, home = work.ops, one.home
    link = link_spot(home.folder, one.action)
    has_link = ops.stat_name(link.folder.descriptor, link.name) is not None
    if one.on_shelf and not one.stranger:
        if has_link and not one.is_home_taken:
            give_back(ops, link.folder, link.name, home.folder, home.name)
        elif has_link:
            ops.unlink(link.folder.descriptor, link.name)
        elif not one.is_home_taken:
            return put_back(work, one)
        return arrived(work, one)
    if has_link:
        ops.unlink(link.folder.descriptor, link.name)
    if one.stranger:
        return put_back(work, one, State.RACED)
    return not_begun(work, _without_link(work, one, home), State.EXPIRED)


def _without_link(work: Work, one: Found, home: Spot) -> Found:
    """A hard link to a keeper with the same bytes looks like the copy itself, but is not."""
    return replace(one, is_at_home=one.is_at_home and not is_our_link(work.ops, one.action, home))
