"""Runs what is shipped as a platform does: every verb of both roles, against the simulator.

usage: trial.py SIMULATOR FOLDER [--seen-as PATH] --source COMMAND --destination COMMAND [--stopped COMMAND]

FOLDER gets the configs and catalogues; a container sees it as PATH. Each command gets a verb and its arguments. `{env}` among its words
becomes the variable that leads it to the simulator, as `--env NAME=VALUE`. The third command is a source that is told to stop after its
first line.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys

import stage

MEMBERS = 2_500
ORDERS = 300
# A row of each kind that `expected` knows, and two whose bytes are not ASCII.
STREAMS = [*stage.EXPECTED, "comments", "creative_assets_videos"]


class Trial:
    def __init__(self, options):
        self.simulator = options.simulator
        self.folder, self.seen_as = pathlib.Path(options.folder), options.seen_as or options.folder
        self.commands = {"source": options.source, "destination": options.destination, "stopped": options.stopped}

    def put(self, name, content):
        text = content if isinstance(content, str) else json.dumps(content)
        (self.folder / name).write_text(text)

    def run(self, simulator, role, *words, given=None, code=0):
        """The messages of a run that must end so. Words that begin with `@` are files of the folder."""
        command = []
        for word in self.commands[role]:
            command += ["--env", f"TIKTOK_ADS_API_URL={simulator.url}"] if word == "{env}" else [word]
        command += [f"{self.seen_as}/{word[1:]}" if word.startswith("@") else word for word in words]
        environment = os.environ | {"TIKTOK_ADS_API_URL": simulator.url}
        run = subprocess.run(command, input=given or "", capture_output=True, text=True, env=environment)
        if run.returncode != code:
            sys.exit(f"`{' '.join(command)}` ended with {run.returncode}\n{run.stdout[-3000:]}{run.stderr[-3000:]}")
        return [json.loads(line) for line in run.stdout.split("\n")[:-1]]

    def source(self):
        with stage.Simulator(self.simulator, self.folder, "--today", str(stage.TODAY)) as simulator:
            self.put("config.json", simulator.source())
            self.put("revoked.json", simulator.source(simulator.revoked))
            spec = one(self.run(simulator, "source", "spec"), "SPEC")
            hold("start_date" in spec["spec"]["connectionSpecification"]["properties"], "the form of a source")
            for config, status in [("@config.json", "SUCCEEDED"), ("@revoked.json", "FAILED")]:
                answer = one(self.run(simulator, "source", "check", "--config", config), "CONNECTION_STATUS")
                hold(answer["connectionStatus"]["status"] == status, f"{config} is {status}: {answer}")
            catalog = one(self.run(simulator, "source", "discover", "--config", "@config.json"), "CATALOG")["catalog"]
            self.put("catalog.json", {"streams": [configured(one) for one in catalog["streams"] if one["name"] in STREAMS]})
            read = ["read", "--config", "@config.json", "--catalog", "@catalog.json"]
            first = self.run(simulator, "source", *read)
            self.compare(first)
            states = [line["state"] for line in first if line["type"] == "STATE"]
            self.put("state.json", list({state["stream"]["stream_descriptor"]["name"]: state for state in states}.values()))
            second = self.run(simulator, "source", *read, "--state", "@state.json")
            hold(0 < len(records(second)) < len(records(first)), "the second run goes on from the first one's state")
        return len(records(first))

    def compare(self, messages):
        rows = stage.expected(self.simulator)
        for stream, wanted in rows.items():
            got = [stage.found(stream, record["data"]) for record in records(messages) if record["stream"] == stream]
            hold(sorted(got) == sorted(wanted), f"{stream}: {len(got)} rows where {len(wanted)} are: {set(got) ^ wanted}")

    def stopped(self):
        """A signal reaches the connector, and its exit code the platform."""
        with stage.Simulator(self.simulator, self.folder, "--latency-ms", "500") as simulator:
            self.run(simulator, "stopped", "read", "--config", "@config.json", "--catalog", "@catalog.json", code=143)

    def destination(self):
        with stage.Simulator(self.simulator, self.folder) as simulator:
            spec = one(self.run(simulator, "destination", "spec"), "SPEC")["spec"]
            hold("append" in spec["supported_destination_sync_modes"], "the form of a destination")
            self.put("destination.json", simulator.destination())
            config = ["--config", "@destination.json"]
            answer = one(self.run(simulator, "destination", "check", *config), "CONNECTION_STATUS")
            hold(answer["connectionStatus"]["status"] == "SUCCEEDED", f"the destination's check: {answer}")
            one(self.run(simulator, "destination", "discover", *config), "DESTINATION_CATALOG")
            feed = {"customers": [stage.customer(number) for number in range(1, MEMBERS + 1)],
                    "orders": [stage.order(number) for number in range(1, ORDERS + 1)]}
            streams = [{"name": name, "json_schema": {}, "source_defined_primary_key": [["id"]]} for name in feed]
            self.put("feed.json", {"streams": [configured(stream) for stream in streams]})
            given = "".join(lines(name, rows) for name, rows in feed.items())
            told = self.run(simulator, "destination", "write", *config, "--catalog", "@feed.json", given=given)
            states = [line["state"] for line in told if line["type"] == "STATE"]
            counts = [(state["id"], state["destinationStats"]["recordCount"]) for state in states]
            hold(sorted(counts) == [(7, ORDERS), (7, MEMBERS)], f"states with all that was written: {states}")
        taken = simulator.taken()
        hold(taken == {"/segment/mapping/": MEMBERS, "/event/track/": ORDERS}, f"TikTok took {taken}")


def configured(stream):
    mode = "incremental" if "incremental" in stream.get("supported_sync_modes", []) else "full_refresh"
    return {"stream": stream, "sync_mode": mode, "destination_sync_mode": "append",
            "cursor_field": stream.get("default_cursor_field"), "primary_key": stream.get("source_defined_primary_key")}


def lines(stream, rows):
    """Rows as the platform feeds them: a record each, then a state with an id of the platform's."""
    messages = [{"type": "RECORD", "record": {"stream": stream, "data": row, "emitted_at": 0}} for row in rows]
    descriptor = {"stream_descriptor": {"name": stream}, "stream_state": {"id": len(rows)}}
    messages.append({"type": "STATE", "state": {"type": "STREAM", "stream": descriptor, "id": 7}})
    return "".join(json.dumps(message) + "\n" for message in messages)


def records(messages):
    return [message["record"] for message in messages if message["type"] == "RECORD"]


def one(messages, kind):
    of_kind = [message for message in messages if message["type"] == kind]
    hold(len(of_kind) == 1, f"one {kind}, not {len(of_kind)}")
    return of_kind[0]


def hold(condition, what):
    if not condition:
        sys.exit(f"does not hold: {what}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("simulator", type=shutil.which)
    parser.add_argument("folder")
    parser.add_argument("--seen-as")
    parser.add_argument("--source", required=True, type=str.split)
    parser.add_argument("--destination", required=True, type=str.split)
    parser.add_argument("--stopped", type=str.split)
    trial = Trial(parser.parse_args())
    read = trial.source()
    trial.destination()
    if trial.commands["stopped"]:
        trial.stopped()
    print(f"{read} records read, {MEMBERS} members and {ORDERS} events written")


main()
