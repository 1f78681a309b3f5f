"""A simulated TikTok for programs that are not tests of cargo's, and what they must find there. Nothing but Python is needed."""

import collections
import datetime
import json
import pathlib
import re
import subprocess

# A day of the simulated world, and the week before it: the same rows at every hour.
TODAY = datetime.date(2026, 3, 10)
START = datetime.date(2026, 3, 4)
# What `simulator expect` tells of, by the fields that it prints.
EXPECTED = {
    "advertisers": ["advertiser_id"],
    "campaigns": ["campaign_id"],
    "ad_groups": ["adgroup_id"],
    "ads": ["ad_id"],
    "ads_reports_daily": ["ad_id", "stat_time_day"],
}


class Simulator:
    """Runs the simulator while the `with` lasts; its requests are in `log` afterwards."""

    def __init__(self, program, folder, *options):
        self.program, self.options = program, options
        self.log = pathlib.Path(folder) / "requests.jsonl"

    def __enter__(self):
        told = self.log.with_name("simulator.txt")
        with told.open("w") as errors:
            command = [self.program, "serve", "--log", self.log, *self.options]
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
        self.url = self.process.stdout.readline().split()[-1]
        words = told.read_text()
        self.token = re.search(r"^token (\S+) Good", words, re.M)[1]
        self.revoked = re.search(r"^token (\S+) Revoked", words, re.M)[1]
        self.app_id, self.secret = re.search(r"app_id (\S+) secret (\S+)", words).groups()
        self.advertiser = re.search(r"^advertiser (\S+)", words, re.M)[1]
        self.pixel = re.search(r"event_source web event_source_id (\S+)", words)[1]
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def taken(self):
        """How many members and events TikTok took in a run that is over."""
        taken = collections.Counter()
        for request in map(json.loads, self.log.read_text().splitlines()):
            if request["path"] in ("/segment/mapping/", "/event/track/") and request["code"] == 0:
                taken[request["path"]] += request["rows"]
        return taken

    def credentials(self, token=None):
        return {"auth_type": "oauth2.0", "app_id": self.app_id, "secret": self.secret, "access_token": token or self.token}

    def source(self, token=None, **settings):
        return {"credentials": self.credentials(token), "start_date": str(START), "end_date": str(TODAY),
                "requests_per_second": 50} | settings

    def destination(self):
        """Customers become members of an audience, orders events of a pixel."""
        person = {"email": "mail", "phone": "mobile"}
        purchase = {"event_time": "ordered_at", "email": "mail", "value": "total", "page_url": "checkout"}
        mappings = [{"stream": "customers", "object": "audience_members", "fields": person, "audience_name": "Customers"},
                    {"stream": "orders", "object": "event_web", "event": "Purchase", "fields": purchase}]
        return {"credentials": self.credentials(), "advertiser_id": self.advertiser, "mappings": mappings,
                "audience": {"default_country": "US"}, "events": {"event_source": "web", "event_source_id": self.pixel}}


def customer(number):
    return {"id": number, "mail": f"customer.{number}@example.com", "mobile": f"(415) 555-{number:04}"}


def order(number):
    yesterday = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)
    return {"id": number, "ordered_at": yesterday.isoformat(timespec="seconds"), "mail": f"customer.{number}@example.com",
            "total": "19.90", "currency": "EUR", "checkout": f"https://shop.example/thanks?order={number}"}


def expected(program, start=START):
    """What a read of these days must find: the keys of a stream's rows, and the spend of its reports."""
    command = [program, "expect", "--today", str(TODAY), "--start", str(start), "--end", str(TODAY)]
    rows = {stream: set() for stream in EXPECTED}
    for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines():
        stream, row = line.split(" ", 1)
        rows[stream].add(row)
    return rows


def found(stream, row):
    """A record as `expected` has it."""
    values = [str(row[field]) for field in EXPECTED[stream]]
    if stream == "ads_reports_daily":
        values.append(f"{float(row['metrics']['spend']):.2f}")
    return " ".join(values)
