"""Who is compared: how each is called, what its streams are called, and how its lines are read.

What differs is a row of STREAMS or a small class; the rest of the comparison does not know who is who.
"""

from pathlib import Path

HERE = Path(__file__).parent
# The simulator's good token and its app.
TOKEN = "6f1d0b3a9c5e47829d3b6a1f0c8e2d7450b9a3c6"
APP = {"app_id": "7412398650123456789", "secret": "3f9a1c77e05b4d2896ab0cd1e2f34567890abcde"}

# The streams that all three have: the truth's name, Airbyte's (and ours), the tap's, the key, and the fields compared.
METRICS = {"spend": "spend", "impressions": "impressions", "clicks": "clicks"}
STREAMS = [
    ("advertisers", "advertisers", "advertisers", ["advertiser_id"], {"name": "name", "currency": "currency"}),
    ("campaigns", "campaigns", "campaigns", ["campaign_id"], {"name": "campaign_name", "modified": "modify_time"}),
    ("ad groups", "ad_groups", "adgroups", ["adgroup_id"], {"name": "adgroup_name", "modified": "modify_time"}),
    ("ads", "ads", "ads", ["ad_id"], {"name": "ad_name", "modified": "modify_time"}),
    ("ads by day", "ads_reports_daily", "ad_insights", ["ad_id", "stat_time_day"], METRICS),
    (
        "ads by day, age and gender",
        "ads_audience_reports_daily",
        "ad_insights_by_age_and_gender",
        ["ad_id", "stat_time_day", "age", "gender"],
        METRICS,
    ),
    (
        "ads by day and platform",
        "ads_audience_reports_by_platform_daily",
        "ad_insights_by_platform",
        ["ad_id", "stat_time_day", "platform"],
        METRICS,
    ),
]


class Contender:
    """What all have in common."""

    scenarios = ("quiet", "many", "slow", "faults")
    # Requests a second, where another pace than the default is set.
    pace = None
    # What its discover said, and the advertisers there are.
    discovered, accounts = (), ()

    def wanted(self, streams):
        """Its own names of some of the compared streams."""
        return [own for own, (truth, *_) in self.streams.items() if streams is None or truth in streams]


class Protocol(Contender):
    """A source that speaks Airbyte's protocol."""

    def __init__(self, folder):
        self.folder = folder
        self.streams = {stream: (truth, key, fields) for truth, stream, _, key, fields in STREAMS}

    def config(self, start, now):
        """Its settings, as a user would have them."""
        credentials = {"auth_type": "oauth2.0", "access_token": TOKEN, **APP}
        return {"credentials": credentials, "start_date": start, "attribution_window": 3}

    def catalog(self, streams):
        """What is read of what discover found: each stream in the mode that goes on from a state, where it has one."""
        found = next(message["catalog"]["streams"] for message in self.discovered if message["type"] == "CATALOG")
        wanted = [stream for stream in found if stream["name"] in self.wanted(streams)]
        configured = [
            {"stream": stream, "sync_mode": stream["supported_sync_modes"][-1], "destination_sync_mode": "append"}
            for stream in wanted
        ]
        return {"streams": configured}

    def discover(self):
        return ["discover", "--config", "config.json"]

    def read(self, state):
        command = ["read", "--config", "config.json", "--catalog", "catalog.json"]
        return command + (["--state", "state.json"] if state else [])

    def record(self, message):
        """The stream and the row of a line, if it is one."""
        if message.get("type") == "RECORD":
            return message["record"]["stream"], message["record"]["data"]
        return None

    def state(self, messages):
        """What the next run goes on from: the last STATE of each stream."""
        last = {}
        for message in messages:
            if message.get("type") == "STATE":
                last[message["state"]["stream"]["stream_descriptor"]["name"]] = message["state"]
        return list(last.values())

    def complaint(self, messages, err):
        """Its own last word on what went wrong."""
        errors = [m["trace"]["error"] for m in messages if m.get("type") == "TRACE" and m["trace"]["type"] == "ERROR"]
        return errors[-1]["message"] if errors else ""


class Ours(Protocol):
    """This repository's source."""

    name = "tiktok-ads"

    def __init__(self, folder, binary):
        super().__init__(folder)
        self.binary = binary

    def config(self, start, now):
        pace = {"requests_per_second": self.pace} if self.pace else {}
        return {**super().config(start, now), **pace}

    def command(self, url, now, arguments):
        return ["env", f"TIKTOK_ADS_API_URL={url}", f"TIKTOK_ADS_NOW={now}", self.binary, "source", *arguments]


class Reread(Ours):
    """The same, looking back 28 days for those whose sums have moved."""

    name = "tiktok-ads, `reread`"
    # It differs only where something follows the first sync.
    scenarios = ("quiet",)

    def config(self, start, now):
        return {**super().config(start, now), "attribution_window": 28, "reread": "changed"}


class Airbyte(Protocol):
    """Airbyte's connector, from PyPI."""

    name = "Airbyte"

    def __init__(self, folder, python):
        super().__init__(folder)
        self.python = python

    def config(self, start, now):
        # It has no clock that could be set; asked until a day, it takes that for today.
        return {**super().config(start, now), "end_date": now[:10]}

    def command(self, url, now, arguments):
        return [self.python, HERE / "towards.py", url, "source_tiktok_marketing.run:run", *arguments]


class Tap(Contender):
    """tap-tiktok-ads, from PyPI: Singer's protocol."""

    name = "tap-tiktok-ads"

    def __init__(self, folder, python):
        self.folder = folder
        self.python = python
        self.streams = {stream: (truth, key, fields) for truth, _, stream, key, fields in STREAMS}

    def config(self, start, now):
        # It finds no accounts by itself, and reads until a moment that it takes for now.
        first = f"{start}T00:00:00Z"
        return {"access_token": TOKEN, "accounts": ",".join(self.accounts), "start_date": first, "end_date": now}

    def catalog(self, streams):
        (catalog,) = self.discovered
        for stream in catalog["streams"]:
            for entry in stream["metadata"]:
                if not entry["breadcrumb"]:
                    entry["metadata"]["selected"] = stream["tap_stream_id"] in self.wanted(streams)
        return catalog

    def discover(self):
        return ["--config", "config.json", "--discover"]

    def read(self, state):
        command = ["--config", "config.json", "--catalog", "catalog.json"]
        return command + (["--state", "state.json"] if state else [])

    def record(self, message):
        if message.get("type") == "RECORD":
            return message["stream"], message["record"]
        return None

    def state(self, messages):
        states = [message["value"] for message in messages if message.get("type") == "STATE"]
        return states[-1] if states else {}

    def complaint(self, messages, err):
        critical = [line.removeprefix("CRITICAL ").strip() for line in err.splitlines() if line.startswith("CRITICAL")]
        return next((line for line in critical if line), "")

    def command(self, url, now, arguments):
        return [self.python, HERE / "towards.py", url, "tap_tiktok_ads:main", *arguments]
