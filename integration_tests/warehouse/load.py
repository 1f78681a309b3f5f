"""Loads what `read` wrote into a new schema, as a destination does: columns by the catalogue's schemas, a row for each primary key.

usage: load.py duckdb DATABASE SCHEMA CATALOG RECORDS
       load.py postgres PSQL SCHEMA CATALOG RECORDS        PSQL: a command line of psql
"""

import csv
import json
import shlex
import subprocess
import sys
import tempfile

TYPES = {
    "duckdb": {"integer": "bigint", "number": "decimal(38, 9)", "boolean": "boolean", "json": "json", "time": "timestamp",
               "moment": "timestamptz", "text": "varchar"},
    "postgres": {"integer": "bigint", "number": "numeric", "boolean": "boolean", "json": "jsonb", "time": "timestamp",
                 "moment": "timestamptz", "text": "text"},
}


def kind(schema):
    """What a field of a schema is to a warehouse."""
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    names = [name for name in types if name != "null"]
    if names == ["string"]:
        if schema.get("format") != "date-time":
            return "text"
        return "moment" if schema.get("airbyte_type") == "timestamp_with_timezone" else "time"
    if len(names) == 1 and names[0] in ("integer", "number", "boolean"):
        return names[0]
    return "json"


def rows_of(path):
    """The records of each stream; the last of a primary key stays, as in `append_dedup`."""
    found = {}
    for line in open(path):
        message = json.loads(line)
        if message["type"] == "RECORD":
            found.setdefault(message["record"]["stream"], []).append(message["record"]["data"])
    return found


def deduplicated(rows, key):
    if not key:
        return rows
    return list({tuple(json.dumps(row.get(field)) for field in key): row for row in rows}.values())


class DuckDb:
    def __init__(self, path):
        import duckdb

        self.connection = duckdb.connect(path)

    def run(self, sql):
        self.connection.execute(sql)

    def insert(self, table, columns, rows):
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
            file.writelines(json.dumps({name: row.get(name) for name in columns}) + "\n" for row in rows)
            file.flush()
            declared = {name: TYPES["duckdb"][of] for name, of in columns.items()}
            self.run(f"insert into {table} select * from read_json('{file.name}', format='newline_delimited', columns={declared})")


def cell(value, of):
    if value is None:
        return "\\N"
    return json.dumps(value) if of == "json" or not isinstance(value, str) else value


class Postgres:
    def __init__(self, psql):
        self.psql = shlex.split(psql)

    def run(self, sql):
        subprocess.run([*self.psql, "-q", "-v", "ON_ERROR_STOP=1", "-c", sql], check=True)

    def insert(self, table, columns, rows):
        with tempfile.TemporaryFile("w+", newline="") as file:
            writer = csv.writer(file)
            writer.writerows([cell(row.get(name), of) for name, of in columns.items()] for row in rows)
            file.flush()
            file.seek(0)
            sql = f"copy {table} from stdin (format csv, null '\\N')"
            subprocess.run([*self.psql, "-q", "-v", "ON_ERROR_STOP=1", "-c", sql], stdin=file, check=True)


def main():
    of, place, schema, catalog, records = sys.argv[1:]
    database = DuckDb(place) if of == "duckdb" else Postgres(place)
    found = rows_of(records)
    database.run(f"create schema if not exists {schema}")
    for stream in (entry["stream"] for entry in json.load(open(catalog))["streams"]):
        columns = {name: kind(field) for name, field in stream["json_schema"]["properties"].items()}
        key = [path[0] for path in stream["source_defined_primary_key"]]
        table = f'{schema}."{stream["name"]}"'
        declared = ", ".join(f'"{name}" {TYPES[of][kind]}' for name, kind in columns.items())
        database.run(f"create table {table} ({declared})")
        rows = deduplicated(found.get(stream["name"], []), key)
        if rows:
            database.insert(table, columns, rows)
        print(f"{of}: {stream['name']}: {len(rows)} rows")


main()
