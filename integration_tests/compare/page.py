"""The page, out of results.json: page.py RESULTS PAGE. It needs nothing but Python, so that a test can hold both together."""

import json
import re
import sys
import textwrap
from pathlib import Path

# The load from which times say little.
BUSY = 1.0

# The scenarios, in the order of the page: heading, what is done, and what is seen there.
SCENARIOS = [
    (
        "quiet",
        "first sync",
        "A first sync",
        "The simulator answers at once and has no limit, so this is what the work itself costs. Here, and wherever there is no limit, "
        "tiktok-ads runs with `requests_per_second` at 1,000, because the peers keep no pace of their own; otherwise it keeps its "
        "default of 10.",
    ),
    (
        "quiet",
        "an hour later",
        "An hour later",
        "The simulated clock moves on by an hour. In each account that has ads, three ads get other numbers for yesterday, three "
        "days ago and ten days ago, one of them is renamed, a campaign with an ad group and an ad is made, and today's numbers grow. "
        "Each goes on from its own state. Of the day ten days ago nobody knows by default: `attribution_window` is 3 days in "
        "Airbyte's connector and in tiktok-ads, and tap-tiktok-ads has no such setting. The last row is tiktok-ads with "
        "`attribution_window` 28 and `reread` `changed`: it looks back 28 days and reads those that moved; reports by age, gender or "
        "platform it reads whole until the end of the day after a first sync ([why](source.md#28-days-of-attribution)).",
    ),
    (
        "quiet",
        "a day later",
        "A day after that",
        "The same happens once more, 24 hours on: the pace of a nightly job.",
    ),
    (
        "many",
        "first sync",
        "An agency's first sync",
        "20 more accounts in which nothing ever was, a year of days, and one stream: ads by day. Again without latency and limit.",
    ),
    ("many", "an hour later", "An agency an hour later", "The same changes as above, from each one's own state."),
    (
        "slow",
        "first sync",
        "A first sync at a distance",
        "Each answer takes 200 ms, and the eleventh request of a second is refused with 40100, as TikTok does it.",
    ),
]


def wrapped(text):
    """A paragraph, or an item of a list, in lines as the other documents have them."""
    further = "  " if text.startswith("* ") else ""
    return textwrap.fill(text, 130, subsequent_indent=further, break_long_words=False, break_on_hyphens=False)


def complaint(run):
    """A contender's last word, without what is another word each time."""
    text = re.sub(r"https?://\S+", "…", run["complaint"].split("\n")[0]).replace("`", "'")
    return wrapped(f"* {run['contender']} ends with: `{text[:200]}`")


def number(value):
    return f"{value:,}"


def end(run, limit):
    if run["exit"] is None:
        return f"stopped after {limit} s"
    return "whole" if run["exit"] == 0 else f"failed (exit {run['exit']})"


def cost_row(run, ours, limit):
    """What a run cost, beside ours. A test draws this row, too."""
    times = run["cpu"] / ours["cpu"]
    cells = [
        run["contender"],
        f"{run['cpu']:.2f} s",
        f"{times:.1f}",
        f"{run['mib']:.0f} MiB",
        number(run["requests"]),
        number(run["throttled"]),
        f"{run['seconds'] + run['waits']:.1f} s",
        end(run, limit),
    ]
    return "| " + " | ".join(cells) + " |"


def rows_row(run):
    """What became of the rows. A test draws this row, too."""
    counts = [run.get(name, 0) for name in ("expected", "right", "wrong", "lost", "doubled", "records", "unchanged")]
    return "| " + " | ".join([run["contender"], *map(number, counts)]) + " |"


def scenario(results, name, step, heading, text):
    runs = [run for run in results["runs"] if (run["scenario"], run["step"]) == (name, step)]
    lines = [f"## {heading}", "", wrapped(text), ""]
    lines += ["| | CPU | × ours | memory | requests | refused for pace | time | end |", "|---|---|---|---|---|---|---|---|"]
    lines += [cost_row(run, runs[0], results["window"]["limit"]) for run in runs]
    lines += ["", "| | rows there are | right | wrong | lost | doubled | sent | sent again unchanged |"]
    lines += ["|---|---|---|---|---|---|---|---|", *map(rows_row, runs), ""]
    said = [complaint(run) for run in runs if run["complaint"] and run["exit"] != 0]
    return lines + said + [""] * bool(said)


def faults_row(runs):
    """What became of several syncs. A test draws this row, too."""
    total = lambda name: sum(run.get(name, 0) for run in runs)
    whole = sum(run["exit"] == 0 for run in runs)
    counts = [number(total(name)) for name in ("expected", "right", "wrong", "lost", "doubled", "requests", "struck")]
    time = f"{total('seconds') + total('waits'):.0f} s"
    return "| " + " | ".join([runs[0]["contender"], f"{whole} of {len(runs)}", *counts, time]) + " |"


def faults(results):
    window = results["window"]
    runs = [run for run in results["runs"] if run["scenario"] == "faults"]
    text = (
        "12 % of the requests fail: too fast (40100), TikTok's own error (50002), a gateway's page (HTTP 502), or a connection that "
        "is reset in the middle of the answer. Which ones is a matter of the request and of dice, so there are "
        f"{window['dice']} syncs of {window['fault_days']} days, each with other dice; a request is struck three times at most. "
        "No sync is run a second time here; a platform would do that. Waits of more than 30 seconds are passed over and added "
        "to the time."
    )
    lines = [
        "## First syncs with faults",
        "",
        wrapped(text),
        "",
        "| | whole syncs | rows there are | right | wrong | lost | doubled | requests | struck | time |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    by_contender = {}
    for run in runs:
        by_contender.setdefault(run["contender"], []).append(run)
    lines += [*map(faults_row, by_contender.values()), ""]
    said = dict.fromkeys(complaint(run) for run in runs if run["complaint"] and run["exit"] != 0)
    return lines + [*said, ""]


def first(results):
    """The first sync of each that is a program of its own."""
    runs = [run for run in results["runs"] if (run["scenario"], run["step"]) == ("quiet", "first sync")]
    return [run for run in runs if "`" not in run["contender"]]


def streams(results):
    """The first sync, stream by stream: where rows are lost."""
    runs = first(results)
    lines = ["| first sync: right of those there are | " + " | ".join(run["contender"] for run in runs) + " |"]
    lines.append("|---|" + "---|" * len(runs))
    for stream in sorted(runs[0]["streams"]):
        counts = [run["streams"][stream] for run in runs]
        cells = [f"{number(count['right'])} of {number(count['expected'])}" for count in counts]
        lines.append(f"| {stream} | " + " | ".join(cells) + " |")
    return lines


def columns(results):
    """How many metrics each asks for."""
    runs = first(results)
    by_dimensions = [{tuple(sorted(json.loads(k))): v for k, v in run["columns"].items()} for run in runs]
    lines = ["| metrics asked for in a report by | " + " | ".join(run["contender"] for run in runs) + " |"]
    lines.append("|---|" + "---|" * len(runs))
    for dimensions in sorted(by_dimensions[0]):
        cells = [number(asked.get(dimensions, 0)) for asked in by_dimensions]
        lines.append(f"| {', '.join(f'`{name}`' for name in dimensions)} | " + " | ".join(cells) + " |")
    return lines


def catalogues(results):
    """What a catalogue costs."""
    lines = ["| `discover` | CPU | memory | requests | time |", "|---|---|---|---|---|"]
    for name, cost in results["discover"].items():
        if "`" in name:
            continue
        cells = [name, f"{cost['cpu']:.2f} s", f"{cost['mib']:.0f} MiB", number(cost["requests"]), f"{cost['seconds']:.1f} s"]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def busy(results):
    """A warning where other work ran beside it."""
    if results["load"] <= BUSY:
        return ""
    return " The machine was busy with other work: times are longer than they need be, CPU can be half as much again, the rest is as ever."


def page(results):
    window, versions = results["window"], results["versions"]
    named = ", ".join(f"{name} {version}" for name, version in versions.items())
    beyond = next(r for r in results["runs"] if r["scenario"] == "quiet" and r["contender"] == "tiktok-ads")["beyond"]
    lines = [
        "# Beside its peers",
        "",
        "The same account, read by tiktok-ads, by Airbyte's connector (the last version on PyPI) and by tap-tiktok-ads (Singer; Stitch "
        "runs it). All numbers are from one sitting on one machine: the ratios say more than the amounts. This page is generated.",
        "",
        "```sh",
        "integration_tests/compare/run.sh            # ten minutes and the build: installs the peers from PyPI, writes this page",
        "integration_tests/compare/run.sh --quick    # a minute: three days of data, no page",
        "```",
        "",
        f"Made on {results['date']} with {named}; Python {results['python']}; {results['machine']}; "
        f"the load of the machine before it began was {results['load']} (build: {results['build']})." + busy(results),
        "",
        "![CPU of a first sync](benchmarks/cpu.svg)",
        "![memory at its peak](benchmarks/memory.svg)",
        "![requests of an agency's first sync](benchmarks/requests.svg)",
        "![time of a first sync at a distance](benchmarks/time.svg)",
        "![rows right, wrong and lost](benchmarks/rows.svg)",
        "",
        "## How it is done",
        "",
        "* **The account** is the world `plain` of the [simulator](../integration_tests/simulator/README.md): four advertisers in four "
        "time zones, one of them empty, without the rows at which other clients are known to stumble (Smart+ ads without a time of "
        f"change). {window['days']} days are read, from {window['start']} to {window['now'][:10]}; it is {window['now']}.",
        "* **The streams** are the seven that all three have: advertisers, campaigns, ad groups, ads, and ads by day, by day, age and "
        "gender, and by day and platform. Deleted objects are left out, as is everybody's default.",
        "* **Right** means that a row of the simulator's own world is there under its key and says the same: name and time of change (or "
        "currency), or spend, impressions and clicks. **Wrong** is there and says something else, **lost** is not there, **doubled** "
        "came more than once in one sync. The table that is judged keeps the last row of each key, as a deduplicating destination does. "
        "tap-tiktok-ads has the time of change in its keys of campaigns, ad groups and ads, so a renamed ad is two rows in a "
        "warehouse that keeps to them; here it is one.",
        "* **CPU and memory** are what the kernel counted for the process (user and system time, peak of resident memory); its output "
        "goes to a file. Requests are counted by the simulator, which runs on the same machine, so times are no measure of a network. "
        f"A run is stopped after {window['limit']} seconds.",
        "* **The peers are as PyPI has them.** Only requests change on their way out: they go to the simulator, and what tap-tiktok-ads "
        "asks is mended where TikTok's documentation says that it is refused (a path without its last slash, the metric "
        "`rf_campaign_type`). Neither has a clock that can be set; `end_date` tells them what now is. Settings are the defaults "
        "otherwise.",
        "",
    ]
    for one in SCENARIOS:
        lines += scenario(results, *one)
    lines += faults(results)
    lines += [
        "## Where rows are lost",
        "",
        *streams(results),
        "",
        "* tap-tiktok-ads takes the time at which an advertiser was created for its cursor, so accounts older than the start date never come.",
        "* tap-tiktok-ads goes on from the last day that it has, and asks for nothing on that same day: an hour later it has no new "
        "numbers, and a day later none but the last two days'.",
        "* tap-tiktok-ads waits 300 seconds after any code that it tries again, three times at most, and ends at a page of a gateway or a "
        "broken connection. Airbyte's connector tries 40100 and HTTP errors again, and gives a stream up at other codes.",
        f"* In a zone where tomorrow has begun there are {beyond} rows of that day that tiktok-ads reads; the peers ask until today in "
        "UTC. They are not counted.",
        "",
        "## What is not comparable",
        "",
        *columns(results),
        "",
        "* The metrics that are asked for differ, so a row does not weigh the same. tiktok-ads has the most of them.",
        "* tiktok-ads asks for TopView objects, too, which the peers do not see, and looks for days without ads before it asks for "
        "them: that costs requests in a fortnight of four accounts and saves them in years and in accounts without ads.",
        "* Airbyte's connector and tiktok-ads have more streams than these seven, tap-tiktok-ads has two more that it could not be "
        "compared in: ads by country asks for metrics that TikTok's documentation does not give with a country, and campaigns by "
        "province has no counterpart.",
        "* Later versions of Airbyte's connector are images only and are not measured.",
        "* tap-tiktok-ads takes the accounts as a list in its config, and checks access to each of its streams in `discover`.",
        "",
        *catalogues(results),
        "",
    ]
    code = {number for number, line in enumerate(lines) if line.startswith(("|", "!", "integration_tests", "`"))}
    return "\n".join(line if number in code else wrapped(line) if len(line) > 130 else line for number, line in enumerate(lines))


if __name__ == "__main__":
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    target.write_text(page(json.loads(source.read_text(encoding="utf-8"))), encoding="utf-8")
