"""PyAirbyte reads all streams twice into DuckDB and into PostgreSQL, and writes members and events.

usage: sync.py SIMULATOR FOLDER     with both connectors in PATH, where PyAirbyte finds them by name,
and with a registry that does not know them, as Airbyte's does not
"""

import datetime
import json
import os
import pathlib
import sys

import airbyte as ab
import pandas
from airbyte.strategies import WriteStrategy

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "trial"))
import postgres  # noqa: E402
import stage  # noqa: E402

# Two days: reports by hour and country have thousands of rows a day, and PyAirbyte is slow with rows.
START = stage.TODAY - datetime.timedelta(days=1)
read_json = pandas.read_json


def as_it_is(*arguments, **options):
    """PyAirbyte lets pandas guess types on the way into PostgreSQL, which makes numbers of text and rounds ids of 19 digits."""
    return read_json(*arguments, dtype=False, convert_dates=False, **options)


pandas.read_json = as_it_is


def hold(condition, what):
    if not condition:
        sys.exit(f"does not hold: {what}")


def read(program, cache, kind):
    """Reads all streams twice. Gives the number of rows of each."""
    cache.cache_dir.mkdir()
    with stage.Simulator(program, cache.cache_dir, "--today", str(stage.TODAY)) as simulator:
        os.environ["TIKTOK_ADS_API_URL"] = simulator.url
        source = ab.get_source("source-tiktok-ads", local_executable=True, config=simulator.source(start_date=str(START)))
        source.check()
        source.select_all_streams()
        first = source.read(cache=cache)
        before = rows(first)
        compare(program, first)
        second = source.read(cache=cache)
        after = rows(second)
    grown = {name: (before[name], after[name]) for name in before if before[name] != after[name]}
    print(f"conformance: {kind}: {len(before)} streams, {sum(before.values())} rows; the second read changed {grown or 'no number of rows'}")
    return before


def rows(result):
    return {name: len(result[name]) for name in result}


def compare(program, result):
    """The keys of what `simulator expect` knows, to the last digit."""
    for stream, wanted in stage.expected(program, START).items():
        got = [stage.found(stream, with_objects(row)) for row in result[stream]]
        hold(sorted(got) == sorted(wanted), f"{stream}: {sorted(set(got) ^ wanted)[:4]}")


def with_objects(row):
    metrics = row["metrics"] if "metrics" in row else None
    return dict(row) | {"metrics": json.loads(metrics) if isinstance(metrics, str) else metrics}


def write(program, folder):
    shop = ab.get_source("source-shop", local_executable=HERE / "shop.py", config={})
    shop.select_all_streams()
    bought = shop.read(cache=ab.DuckDBCache(db_path=folder / "shop.duckdb"))
    with stage.Simulator(program, folder) as simulator:
        os.environ["TIKTOK_ADS_API_URL"] = simulator.url
        destination = ab.get_destination("destination-tiktok-ads", local_executable=True, config=simulator.destination())
        destination.check()
        destination.write(bought, streams=["customers", "orders"], write_strategy=WriteStrategy.APPEND)
    taken, wanted = simulator.taken(), {"/segment/mapping/": 1_200, "/event/track/": 300}
    hold(taken == wanted, f"TikTok took {taken} of {wanted}")
    print(f"conformance: written, {dict(taken)}")


def main():
    program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    write(program, folder)
    duckdb = read(program, ab.DuckDBCache(db_path=folder / "tiktok.duckdb", cache_dir=folder / "duckdb"), "DuckDB")
    if not postgres.programs():
        print("conformance: skipped, PostgreSQL cannot be installed from Debian here")
        return
    with postgres.Postgres() as server:
        cache = ab.caches.PostgresCache(host="127.0.0.1", port=server.port, username=server.user, password="none",
                                        database="postgres", cache_dir=folder / "postgres")
        same = read(program, cache, "PostgreSQL")
    hold(duckdb == same, f"DuckDB and PostgreSQL have the same rows: {set(duckdb.items()) ^ set(same.items())}")


main()
