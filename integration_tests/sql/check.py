"""Runs the queries of docs/sql.md and compares each row with sums of the records.

usage: check.py duckdb DATABASE QUERY RECORDS
       check.py postgres PSQL QUERY RECORDS
"""

import csv
import io
import json
import re
import shlex
import subprocess
import sys
from collections import defaultdict

# Averages are rounded by TikTok, and doubles by DuckDB.
TOLERANCE = 1e-6


def query(name):
    page = open("docs/sql.md").read()
    found = re.search(rf"<!-- query: {name} -->\n```sql\n(.*?)```", page, re.S)
    assert found, f"docs/sql.md has no query {name}"
    return found[1]


def appended_query(name):
    """A query over the newest of appended rows, put together as the page says."""
    sql = query(name).replace("advertisers_reports_daily", "newest_report")
    sql = re.sub(r"\badvertisers\b(?=[ .])", "newest_advertiser", sql)
    goes_on = sql.startswith("with ")
    return query("newest").rstrip() + (",\n" if goes_on else "\n") + sql.removeprefix("with ")


def append(of, place, schema):
    """Makes a schema in which each row was appended by a sync, and before by one that knew less."""
    before = "cast('2026-03-09 16:00:00' as timestamp)"
    sql = "drop schema if exists appended cascade; create schema appended;"
    for table in ("advertisers", "advertisers_reports_daily"):
        sql += f"""
            create table appended.{table} as
            select *, cast('2026-03-10 16:00:00' as timestamp) as _airbyte_extracted_at from {schema}.{table};
            insert into appended.{table}
            select *, {before} as _airbyte_extracted_at from {schema}.{table};"""
    sql += f"update appended.advertisers set currency = 'XXX' where _airbyte_extracted_at = {before}"
    result(of, place, schema, sql)


def result(of, place, schema, sql):
    """Rows as lists of texts."""
    if of == "duckdb":
        import duckdb

        connection = duckdb.connect(place)
        connection.execute(f"set schema = '{schema}'")
        return [["" if cell is None else str(cell) for cell in row] for row in connection.execute(sql).fetchall()]
    command = [*shlex.split(place), "-q", "-v", "ON_ERROR_STOP=1", "--csv", "-t"]
    sql = f"set search_path = {schema}; {sql}"
    told = subprocess.run([*command, "-c", sql], check=True, capture_output=True, text=True).stdout
    return list(csv.reader(io.StringIO(told)))


def number(value):
    return float(value or 0)


def value_of_streams(row):
    payments = number(row.get("complete_payment")) * number(row.get("value_per_complete_payment"))
    return number(row.get("total_purchase_value")) + number(row.get("total_onsite_shopping_value")) + payments


def value_of_tables(row):
    return number(row.get("total_purchase_value")) + number(row.get("total_sales_lead_value"))


def expected(name, records):
    """(account, currency, day) → spend, impressions, clicks, conversions, value."""
    rows = defaultdict(dict)
    for line in open(records):
        message = json.loads(line)
        if message["type"] == "RECORD":
            stream, data = message["record"]["stream"], message["record"]["data"]
            key = {"campaign_history": "campaign_id", "advertiser": "id", "advertisers": "advertiser_id"}.get(stream)
            rows[stream][data[key] if key else json.dumps(data, sort_keys=True)] = data
    sums = defaultdict(lambda: [0.0] * 5)
    theirs = name == "fivetran"
    for row in rows["campaign_report_hourly" if theirs else "advertisers_reports_daily"].values():
        owner = rows["campaign_history"].get(row["campaign_id"], {}).get("advertiser_id") if theirs else row["advertiser_id"]
        if theirs and owner is None:
            continue
        account = rows["advertiser" if theirs else "advertisers"].get(owner, {})
        day = row["stat_time_hour" if theirs else "stat_time_day"][:10]
        metrics = row.get("metrics", row)
        values = [number(metrics[name]) for name in ("spend", "impressions", "clicks", "conversion")]
        values.append(value_of_tables(metrics) if theirs else value_of_streams(metrics))
        into = sums[(str(owner or ""), account.get("currency", ""), day)]
        for at, value in enumerate(values):
            into[at] += value
    return sums


def main():
    of, place, name, records = sys.argv[1:]
    wanted = expected(name, records)
    compare(of, name, result(of, place, f"{name}_layout", query(name)), wanted)
    if name != "fivetran":
        append(of, place, f"{name}_layout")
        doubled = result(of, place, "appended", query(name))
        assert sum(number(row[5]) for row in doubled) > 2 * sum(sums[1] for sums in wanted.values()), "nothing was appended"
        compare(of, f"{name} of appended rows", result(of, place, "appended", appended_query(name)), wanted)


def compare(of, name, found, wanted):
    assert len(found) == len(wanted) > 0, (of, name, len(found), len(wanted))
    assert sum(sums[0] for sums in wanted.values()) > 0 and sum(sums[4] for sums in wanted.values()) > 0, "no money"
    for account, _, currency, day, *numbers in found:
        sums = wanted[(account, currency, day)]
        roas = sums[4] / sums[0] if sums[0] else 0
        for one, other in zip(map(number, numbers), [*sums, roas], strict=True):
            assert abs(one - other) <= TOLERANCE * max(1, abs(other)), (of, name, account, day, numbers, sums)
    print(f"{of}: query {name}: {len(found)} rows are the records' sums")


main()
