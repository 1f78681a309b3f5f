"""Runs the three against the simulator and writes what came of it: compare.py --ours BINARY --simulator BINARY [--quick]."""

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import install
import judge
from contenders import Airbyte, Ours, Reread, Tap
from simulator import Simulator, counted

# What towards.py says of waits that it passed over.
PASSED_OVER = "passed over seconds of waiting:"

HERE = Path(__file__).parent
NOW = "2026-03-10T16:00:00Z"
TODAY = NOW[:10]
# Faults as TikTok has them: too fast, an error of its own, a gateway's page, a broken connection. A request is struck three
# times at most, so that a client that tries often enough gets through.
FAULTS = "rate=0.12,kinds=40100|50002|html502|reset"
HOUR, DAY = 3600, 86400
# Days that each sync with faults reads, and how many of them there are: which requests are struck is a matter of luck.
FAULT_DAYS, DICE = 3, 5
# An agency: accounts in which nothing ever was beside those that have ads, and a year of days.
QUIET_ACCOUNTS, MANY_DAYS = 20, 365

# A rule that never strikes: each that stands before another gives that other dice.
NEVER = "path=/never/,kind=drop;"


class Scenario:
    """What the simulator is told, how many days are read of which streams (all), and what follows the first sync."""

    def __init__(self, name, options, days, later=(), step="first sync", streams=None):
        self.name, self.options, self.days, self.later, self.step, self.streams = name, options, days, later, step, streams
        # The peers keep no pace of their own: where the simulator has no limit, ours is taken off.
        self.pace = None if name in ("slow", "faults") else 1000


def scenarios(quick, days):
    """All of them, or those that tell the most in little time."""
    quiet = Scenario("quiet", [], days, later=[("an hour later", HOUR), ("a day later", DAY)])
    many = ["--accounts", str(QUIET_ACCOUNTS)]
    many = Scenario("many", many, MANY_DAYS, later=[("an hour later", HOUR)], streams=["ads by day"])
    slow = Scenario("slow", ["--latency-ms", "200", "--qps", "10"], days)
    struck = [
        Scenario("faults", ["--faults", NEVER * dice + FAULTS], FAULT_DAYS, step=f"dice {dice + 1}") for dice in range(DICE)
    ]
    return [quiet] if quick else [quiet, many, slow, *struck]


class Sitting:
    """One comparison: which simulator, and how long one run may take."""

    def __init__(self, simulator, limit):
        self.simulator, self.limit = simulator, limit

    def served(self, options):
        return Simulator(self.simulator, NOW, options)


def first_of(days):
    """The first day of so many, today included."""
    return str(datetime.date.fromisoformat(TODAY) - datetime.timedelta(days=days - 1))


def moment(seconds):
    """The simulated moment, so many seconds after the first sync."""
    begun = datetime.datetime.fromisoformat(NOW.replace("Z", "+00:00"))
    return (begun + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def run(sitting, contender, config, url, now, arguments):
    """One command of a contender: its cost, its lines, and what it complains of."""
    here = contender.folder
    (here / "config.json").write_text(json.dumps(config))
    command = [str(part) for part in contender.command(url, now, arguments)]
    measure = [sys.executable, "-I", "-S", HERE / "measure.py", str(sitting.limit), here / "out", here / "err", *command]
    told = subprocess.run(measure, cwd=here, stdout=subprocess.PIPE, check=True, text=True)
    lines = read_lines(here / "out")
    err = (here / "err").read_text(errors="replace")
    waits = [float(line.removeprefix(PASSED_OVER)) for line in err.splitlines() if line.startswith(PASSED_OVER)]
    cost = {**json.loads(told.stdout), "waits": sum(waits)}
    return cost, lines, contender.complaint(lines, err)[:300]


def read_lines(path):
    """The JSON of a file: an object a line, or one over many; the last may have been cut by an end."""
    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        return [json.loads(text)]
    except json.JSONDecodeError:
        pass
    # Only line feeds end a line: names hold other marks that do elsewhere.
    return [value for value in map(parsed, text.split("\n")) if isinstance(value, dict)]


def parsed(line):
    try:
        return json.loads(line)
    except json.JSONDecodeError:
        return None


def discover(sitting, contender):
    """What its catalogue costs; the catalogue stays for all runs."""
    with sitting.served([]) as sim:
        contender.accounts = advertisers(sim)
        config = contender.config(first_of(FAULT_DAYS), NOW)
        cost, lines, complaint = run(sitting, contender, config, sim.url, NOW, contender.discover())
        if cost["exit"] != 0:
            said = complaint or (contender.folder / "err").read_text(errors="replace").strip()[-300:]
            raise install.Unavailable(f"{contender.name} cannot discover: {said}")
        contender.discovered = lines
        return {**cost, **counted(sim.requests())}


def syncs(sitting, contender, scenario):
    """The syncs of a scenario, each beside the truth of its moment."""
    contender.pace = scenario.pace
    (contender.folder / "catalog.json").write_text(json.dumps(contender.catalog(scenario.streams)))
    start = first_of(scenario.days)
    table, before, passed, state = judge.Table(), {}, 0, None
    results = []
    with sitting.served(scenario.options) as sim:
        contender.accounts = advertisers(sim)
        for step, seconds in [(scenario.step, 0), *scenario.later]:
            if seconds:
                sim.later(seconds)
                passed += seconds
            truth, today = sim.truth(start), moment(passed)[:10]
            truth = {stream: rows for stream, rows in truth.items() if stream in (scenario.streams or truth)}
            if state is not None:
                (contender.folder / "state.json").write_text(json.dumps(state))
            moved = judge.changed(before, truth, today) if before else {}
            config = contender.config(start, moment(passed))
            cost, lines, complaint = run(sitting, contender, config, sim.url, moment(passed), contender.read(state))
            told = table.take(contender, lines)
            verdict = table.judged(truth, today)
            results.append(
                {
                    "scenario": scenario.name,
                    "step": step,
                    "contender": contender.name,
                    **cost,
                    **counted(sim.requests()),
                    "streams": {stream: {**counts, **told.get(stream, {})} for stream, counts in verdict.items()},
                    **judge.sums(verdict),
                    **judge.sums(told),
                    "moved": sum(map(len, moved.values())),
                    "complaint": complaint,
                }
            )
            report(results[-1])
            before, state = truth, contender.state(lines)
    return results


def report(result):
    """A line for whoever waits."""
    end = "stopped" if result["exit"] is None else f"exit {result['exit']}"
    print(
        f"{result['scenario']:7} {result['step']:14} {result['contender']:15} {result['seconds']:7.1f} s "
        f"{result['cpu']:7.2f} s CPU {result['mib']:6.0f} MiB {result['requests']:5} requests "
        f"{result.get('records', 0):6} records {result['right']:6} of {result['expected']:6} right, "
        f"{result['wrong']} wrong, {result['lost']} lost, {result.get('doubled', 0)} doubled; {end} {result['complaint'][:90]}",
        file=sys.stderr,
    )


def advertisers(sim):
    """Those that the token reaches: the tap must be told."""
    return [key[0] for key in sim.truth(TODAY)["advertisers"]]


def differences(before, after):
    """What of two results should be alike and is not: rows and requests of the same runs."""
    known = {named(run): run for run in before["runs"]}
    for run in after["runs"]:
        old = known.get(named(run), run)
        for field in ("expected", "right", "wrong", "lost", "doubled", "requests", "exit"):
            if run.get(field, 0) != old.get(field, 0):
                yield f"{', '.join(named(run))}: {field} was {old.get(field, 0)}, is {run.get(field, 0)}"


def named(run):
    return run["scenario"], run["step"], run["contender"]


def kept(target):
    """The results of the sitting before."""
    return json.loads(target.read_text()) if target.exists() else {"runs": []}


def about(options, load):
    """What the numbers depend on beside the code."""
    version = subprocess.run([options.ours, "--version"], capture_output=True, text=True, check=True).stdout
    model = [line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line]
    return {
        "date": datetime.date.today().isoformat(),
        "versions": {"tiktok-ads": version.split("\n")[0].removeprefix("tiktok-ads "), **pinned()},
        "build": options.build,
        "machine": f"{os.cpu_count()} cores ({model[0] if model else platform.machine()})",
        "python": platform.python_version(),
        "load": round(load, 1),
    }


def pinned():
    """The versions of the peers."""
    named = {"airbyte": "airbyte-source-tiktok-marketing", "tap": "tap-tiktok-ads"}
    lines = {name: (HERE / "peers" / f"{name}.txt").read_text().splitlines() for name in named}
    return {
        package: next(l.split("==")[1] for l in lines[name] if l.startswith(f"{package}==")) for name, package in named.items()
    }


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ours", required=True, help="the connector's binary")
    parser.add_argument("--simulator", required=True, help="the simulator's binary")
    parser.add_argument("--folder", required=True, type=Path, help="for the peers and what they write")
    parser.add_argument("--build", default="release", help="how the binary was built, for the page")
    parser.add_argument("--days", type=int, help="days that are read, today included")
    parser.add_argument("--limit", type=int, default=150, help="seconds that one run may take")
    parser.add_argument(
        "--quick", action="store_true", help="three days, without latency and faults; results.json stays as it is"
    )
    return parser.parse_args()


def main():
    options = arguments()
    folder, load = options.folder.resolve(), os.getloadavg()[0]
    for binary in (options.ours, options.simulator):
        if not os.access(binary, os.X_OK):
            raise install.Unavailable(f"there is no program {binary}")
    install.supported()
    folder.mkdir(parents=True, exist_ok=True)
    airbyte, tap = install.environment("airbyte", folder), install.environment("tap", folder)
    days = options.days or (3 if options.quick else 14)
    sitting = Sitting(Path(options.simulator).resolve(), options.limit)
    places = {name: folder / "runs" / name for name in ("ours", "airbyte", "tap", "reread")}
    for place in places.values():
        place.mkdir(parents=True, exist_ok=True)
    binary = Path(options.ours).resolve()
    contenders = [
        Ours(places["ours"], binary),
        Airbyte(places["airbyte"], airbyte),
        Tap(places["tap"], tap),
        Reread(places["reread"], binary),
    ]
    found = {contender.name: discover(sitting, contender) for contender in contenders}
    chosen = scenarios(options.quick, days)
    pairs = [(contender, one) for one in chosen for contender in contenders if one.name in contender.scenarios]
    runs = [result for contender, one in pairs for result in syncs(sitting, contender, one)]
    window = {"start": first_of(days), "days": days, "now": NOW, "limit": options.limit}
    window |= {"fault_days": FAULT_DAYS, "dice": DICE, "many_days": MANY_DAYS, "quiet_accounts": QUIET_ACCOUNTS}
    results = {**about(options, load), "window": window, "discover": found, "runs": runs}
    target = folder / "quick.json" if options.quick else HERE / "results.json"
    before = kept(target)
    target.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    print(target, file=sys.stderr)
    if before.get("window") == window:
        moved = list(differences(before, results))
        print("\n".join(moved) or "rows and requests are those of the results before", file=sys.stderr)


if __name__ == "__main__":
    try:
        main()
    except install.Unavailable as no:
        sys.exit(f"cannot compare: {no}")
