"""Rows beside the truth, key by key."""

import collections
from decimal import Decimal, InvalidOperation


def keys(row, names):
    """The key of a row as the truth has it: text, days without a time."""
    return tuple(_text(name, row.get(name)) for name in names)


def _text(name, value):
    text = "" if value is None else str(value)
    return text[:10] if name == "stat_time_day" else text


def values(row, fields):
    """The compared values of a row, wherever it has them."""
    inner = row.get("metrics") if isinstance(row.get("metrics"), dict) else {}
    return {name: inner.get(field, row.get(field)) for name, field in fields.items()}


def same(found, wanted):
    """Whether two values say the same: numbers by their amount, moments without the marks of their form."""
    if found is None or wanted is None:
        return found is None and wanted is None
    try:
        return Decimal(str(found)) == Decimal(str(wanted))
    except InvalidOperation:
        return _moment(str(found)) == _moment(str(wanted))


def _moment(text):
    shaped = text.replace("T", " ").removesuffix("Z").split(".")[0]
    return shaped if shaped[4:5] == "-" and shaped[13:14] == ":" else text


def agrees(found, wanted):
    return all(same(found.get(name), value) for name, value in wanted.items())


class Table:
    """What a destination that keeps the last row of each key holds after one or more runs, and how it came by it."""

    def __init__(self):
        self.rows = collections.defaultdict(dict)

    def take(self, contender, messages):
        """Takes in a run: {stream: counts of its rows}."""
        told = collections.defaultdict(lambda: {"records": 0, "doubled": 0, "unchanged": 0})
        seen = collections.defaultdict(set)
        for message in messages:
            record = contender.record(message)
            if record is None or record[0] not in contender.streams:
                continue
            truth, names, fields = contender.streams[record[0]]
            key, found = keys(record[1], names), values(record[1], fields)
            counts = told[truth]
            counts["records"] += 1
            counts["doubled"] += key in seen[truth]
            counts["unchanged"] += self.rows[truth].get(key) == found
            seen[truth].add(key)
            self.rows[truth][key] = found
        return {stream: dict(counts) for stream, counts in told.items()}

    def judged(self, truth, last_day):
        """Beside the truth up to a day: {stream: counts}."""
        return {stream: self._stream(stream, rows, last_day) for stream, rows in truth.items()}

    def _stream(self, stream, rows, last_day):
        beyond = {key for key in rows if len(key) > 1 and key[1] > last_day}
        wanted = {key: row for key, row in rows.items() if key not in beyond}
        held = self.rows[stream]
        there = [key for key in wanted if key in held]
        right = sum(agrees(held[key], wanted[key]) for key in there)
        return {
            "expected": len(wanted),
            "right": right,
            "wrong": len(there) - right,
            "lost": len(wanted) - len(there),
            # Rows of a day that has begun for an account and not yet in UTC.
            "beyond": sum(key in held for key in beyond),
            "not_asked": sum(key not in rows for key in held),
        }


def sums(streams):
    """The counts of all streams together."""
    total = collections.Counter()
    for counts in streams.values():
        total.update(counts)
    return dict(total)


def changed(before, after, last_day):
    """The keys whose rows are new or different, by stream."""
    return {
        stream: {
            key
            for key, row in rows.items()
            if before.get(stream, {}).get(key) != row and not (len(key) > 1 and key[1] > last_day)
        }
        for stream, rows in after.items()
    }
