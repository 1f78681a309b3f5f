"""The simulator as a process: started on a free port, told what to do on its stdin."""

import collections
import json
import subprocess
import tempfile
from pathlib import Path


class Simulator:
    """One TikTok; it ends with its `with`."""

    def __init__(self, binary, now, options):
        command = [binary, "serve", "--world", "plain", "--now", now, "--steered", *options]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)
        self.url = self.process.stdout.readline().removeprefix("listening on ").strip()
        self.folder = tempfile.TemporaryDirectory(prefix="compare-")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
        self.folder.cleanup()

    def tell(self, line):
        """One command, carried out when this returns."""
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if answer != "done":
            raise RuntimeError(f"the simulator says to {line!r}: {answer!r}")

    def later(self, seconds):
        """Moves its world on."""
        self.tell(f"later {seconds}")

    def truth(self, start):
        """The rows that a client must have: {stream: {key: values}}."""
        rows = collections.defaultdict(dict)
        for row in self._lines("truth", start):
            rows[row["stream"]][_key(row["key"])] = row["values"]
        return dict(rows)

    def requests(self):
        """The requests since this was asked last."""
        return self._lines("log")

    def _lines(self, *words):
        path = Path(self.folder.name) / words[0]
        self.tell(" ".join([*words, str(path)]))
        with path.open(encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]


def _key(parts):
    """A key; of the days of a report the date."""
    first, *rest = parts
    return (first, rest[0][:10], *rest[1:]) if rest else (first,)


def counted(requests):
    """What of requests is told: how many, refused for their pace, struck by a fault, at once, and columns of reports."""
    columns = {}
    for request in requests:
        asked = request["query"]
        if request["path"] == "/report/integrated/get/" and request["code"] == 0:
            columns[asked["dimensions"].replace(" ", "").replace("\n", "")] = len(set(json.loads(asked["metrics"])))
    return {
        "requests": len(requests),
        "throttled": sum(request["code"] == 40100 and not request["fault"] for request in requests),
        "struck": sum(bool(request["fault"]) for request in requests),
        "at_once": max((request["in_flight"] for request in requests), default=0),
        "columns": columns,
    }
