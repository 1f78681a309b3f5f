#!/usr/bin/env python3
"""A source of customers and orders for PyAirbyte to read, so that it has something to write."""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "trial"))
import stage  # noqa: E402

ROWS = {"customers": (stage.customer, 1_200), "orders": (stage.order, 300)}


def stream(name):
    row, _ = ROWS[name]
    properties = {field: {"type": ["null", "integer" if field == "id" else "string"]} for field in row(1)}
    return {"name": name, "json_schema": {"type": "object", "properties": properties}, "supported_sync_modes": ["full_refresh"],
            "source_defined_primary_key": [["id"]]}


def messages(verb):
    if verb == "spec":
        yield {"type": "SPEC", "spec": {"connectionSpecification": {"type": "object", "properties": {}}}}
    elif verb == "check":
        yield {"type": "CONNECTION_STATUS", "connectionStatus": {"status": "SUCCEEDED"}}
    elif verb == "discover":
        yield {"type": "CATALOG", "catalog": {"streams": [stream(name) for name in ROWS]}}
    elif verb == "read":
        for name, (row, count) in ROWS.items():
            for number in range(1, count + 1):
                yield {"type": "RECORD", "record": {"stream": name, "data": row(number), "emitted_at": 0}}


if __name__ == "__main__":
    for message in messages(sys.argv[1]):
        print(json.dumps(message), flush=True)
