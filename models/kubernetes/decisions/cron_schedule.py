"""Schedules of CronJobs: which minutes they name, and when the next one is.

Source: github.com/robfig/cron/v3 (ParseStandard, SpecSchedule.Next), as pkg/controller/cronjob uses it.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from attrs import frozen

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day of month", 1, 31), ("month", 1, 12), ("day of week", 0, 6))
_DESCRIPTORS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_EVERY = re.compile(r"@every (?=[0-9])(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,6})s)?", re.ASCII)
_MOST_YEARS = 5
"""Nothing later is looked for. Source: SpecSchedule.Next"""


@frozen(kw_only=True)
class Schedule:
    """The minutes, hours... at which something is due; every_seconds: a fixed distance instead.

    any_day: whether the day of the month, and that of the week, is a star: then both must fit, else one is enough.
    """

    minutes: frozenset[int] = frozenset()
    hours: frozenset[int] = frozenset()
    days: frozenset[int] = frozenset()
    months: frozenset[int] = frozenset()
    weekdays: frozenset[int] = frozenset()
    any_day: bool = True
    every_seconds: int = 0


def parse_schedule(text: str) -> Schedule:
    """Read five fields, or a word such as @hourly. Raises ValueError that says what is wrong. Source: ParseStandard"""
    every = _EVERY.fullmatch(text)
    if every is not None:
        hours, minutes, seconds = (int(part or 0) for part in every.groups())
        return Schedule(every_seconds=max(1, 3600 * hours + 60 * minutes + seconds))
    if text.startswith("@") and text not in _DESCRIPTORS:
        raise ValueError(f"write one of {', '.join(_DESCRIPTORS)} or @every 5m")
    parts = _DESCRIPTORS.get(text, text).split()
    if len(parts) != len(_FIELDS):
        raise ValueError(f'it has {len(parts)} fields; write five, such as "*/5 * * * *"')
    sets = [_field(part, *field) for part, field in zip(parts, _FIELDS, strict=True)]
    starred = any(element[0] in "*?" for part in (parts[2], parts[4]) for element in part.split(",") if element)
    return Schedule(minutes=sets[0], hours=sets[1], days=sets[2], months=sets[3], weekdays=sets[4], any_day=starred)


def _field(part: str, name: str, first: int, last: int) -> frozenset[int]:
    found: set[int] = set()
    for element in part.split(","):
        values, slash, step_text = element.partition("/")
        step = _number(step_text, name) if slash else 1
        low_text, dash, high_text = values.partition("-")
        if values in ("*", "?"):
            low, high = first, last
        else:
            low = _number(low_text, name)
            high = _number(high_text, name) if dash else last if slash else low
        if not (first <= low <= high <= last and step > 0):
            raise ValueError(f"{element!r} is no {name}; write {first} to {last}, or *")
        found.update(range(low, high + 1, step))
    return frozenset(found)


def _number(text: str, name: str) -> int:
    words: tuple[str, ...] = _MONTHS if name == "month" else _DAYS if name == "day of week" else ()
    if text.lower() in words:
        return words.index(text.lower()) + (name == "month")
    if not text.isascii() or not text.isdecimal() or len(text) > 6:
        raise ValueError(f"{text[:40]!r} is no {name}; write a number, or *")
    return int(text)


def next_time(schedule: Schedule, after: datetime) -> datetime | None:
    """The first time of the schedule that is later; None where five years have none. Source: SpecSchedule.Next"""
    if schedule.every_seconds:
        return after + timedelta(seconds=schedule.every_seconds)
    at = after.replace(second=0, microsecond=0) + timedelta(minutes=1)
    limit = after.year + _MOST_YEARS
    while at.year <= limit:
        if at.month not in schedule.months:
            at = (at.replace(day=1, hour=0, minute=0) + timedelta(days=32)).replace(day=1)
        elif not _is_due_on(schedule, at):
            at = at.replace(hour=0, minute=0) + timedelta(days=1)
        elif at.hour not in schedule.hours:
            at = at.replace(minute=0) + timedelta(hours=1)
        elif at.minute not in schedule.minutes:
            at += timedelta(minutes=1)
        else:
            return at
    return None


def _is_due_on(schedule: Schedule, at: datetime) -> bool:
    day, weekday = at.day in schedule.days, at.isoweekday() % 7 in schedule.weekdays
    return (day and weekday) if schedule.any_day else (day or weekday)
