"""Owns how dates and times of day move: all of a woman's by the same days and seconds, or times to midnight. Knows no
data set.

PS3.15 E.3.6 (option 113107, Modified Dates) wants dates and times changed, so that nobody finds her by them in a
schedule, and the spans between them kept. A date moves together with the time beside it, over midnight where need be.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache

from pydicom.datadict import keyword_for_tag, tag_for_keyword

_DATE = re.compile(r"(\d{4})[.\-]?(\d{2})[.\-]?(\d{2})")
_TIME = re.compile(r"(\d{2})(?::?(\d{2})(?::?(\d{2})(\.\d{1,6})?)?)?")
_DATE_TIME = re.compile(r"(\d{8})(\d{2}(?:\d{2}(?:\d{2}(?:\.\d{1,6})?)?)?)?(?:[+\-]\d{4})?")
_MIDNIGHT = "000000"
_ANY_DAY = datetime(2000, 1, 2)


class Times(StrEnum):
    """What becomes of times of day."""

    SHIFT = "shift"
    ZERO = "zero"


@dataclass(frozen=True, slots=True)
class Move:
    """How the dates and times of one woman move: back by `days` and, unless times are set to midnight, `seconds`."""

    days: int
    seconds: int
    times: Times = Times.SHIFT

    def date(self, text: str, time: str = "") -> str:
        """A DA; `time`: the TM beside it. Empty where it is no date."""
        day = _day_of(text)
        if day is None:
            return ""
        moment = day + (_since_midnight(time) or timedelta())
        return _told(self._moved(moment, with_time=bool(_since_midnight(time))), "%Y%m%d")

    def time(self, text: str) -> str:
        """A TM, as precise as it was. Empty where it is no time."""
        since = _since_midnight(text)
        if since is None:
            return ""
        if self.times is Times.ZERO:
            return _MIDNIGHT
        return _as_precise(text.replace(":", ""), _ANY_DAY + since - timedelta(seconds=self.seconds))

    def date_time(self, text: str) -> str:
        """A DT without its time zone. Empty where it has no whole date."""
        found = _DATE_TIME.fullmatch(text)
        day = None if found is None else _day_of(found.group(1))
        if found is None or day is None:
            return ""
        time = found.group(2) or ""
        since = _since_midnight(time)
        if since is None:
            return "" if time else _told(self._moved(day, with_time=False), "%Y%m%d")
        moment = self._moved(day + since, with_time=True)
        clock = _MIDNIGHT if self.times is Times.ZERO else _as_precise(time, moment)
        return _told(moment, "%Y%m%d") and f"{_told(moment, '%Y%m%d')}{clock}"

    def _moved(self, moment: datetime, *, with_time: bool) -> datetime | None:
        seconds = self.seconds if with_time and self.times is Times.SHIFT else 0
        try:
            return moment - timedelta(days=self.days, seconds=seconds)
        except OverflowError:
            return None


@cache
def time_beside(tag: int) -> int | None:
    """The attribute that tells the time of a date: Study Time (0008,0030) of Study Date (0008,0020)."""
    keyword = keyword_for_tag(tag)
    if "Date" not in keyword:
        return None
    return tag_for_keyword(keyword.replace("Date", "Time"))


def _day_of(text: str) -> datetime | None:
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    try:
        year, month, day = (int(part) for part in found.groups())
        return datetime(year, month, day)
    except ValueError:
        return None


def _since_midnight(text: str) -> timedelta | None:
    """A TM; None where it is none. A second 60 (PS3.5 6.2) counts as 59."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups()[:3])
    if hours > 23 or minutes > 59 or seconds > 60:
        return None
    return timedelta(hours=hours, minutes=minutes, seconds=min(seconds, 59))


def _as_precise(text: str, moment: datetime | None) -> str:
    """The time of day with as many digits as `text`, whose fraction of a second stays."""
    digits, point, fraction = text.partition(".")
    return f"{_told(moment, '%H%M%S')[: len(digits)]}{point}{fraction}"


def _told(moment: datetime | None, form: str) -> str:
    """Years have four digits, also before 1000."""
    return "" if moment is None else moment.strftime(form.replace("%Y", f"{moment.year:04d}"))
