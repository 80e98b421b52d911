"""What a store costs a request: `python benchmarks/feature_store.py URL KEY VALUE REQUESTS`.

Asks a service that completes requests (`make serve ARGS=feature_store.url=…`) over one connection:
with the key alone, and with all fields. Prints a table.
"""

import http.client
import json
import sys
import time
from typing import Any
from urllib.parse import urlsplit

WARM_UP = 50  # requests that are not counted


def ask(connection: http.client.HTTPConnection, row: dict[str, Any]) -> dict[str, Any]:
    """Ask for one row."""
    headers = {"Content-Type": "application/json"}
    connection.request("POST", "/predict", json.dumps(row), headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    if answer.status != 200:
        sys.exit(f"Failed: {answer.status}: {text}")
    found: dict[str, Any] = json.loads(text)
    return found


def milliseconds(
    connection: http.client.HTTPConnection, row: dict[str, Any], number: int
) -> list[float]:
    """Time requests, fastest first."""
    taken = []
    for _ in range(WARM_UP + number):
        start = time.perf_counter()
        ask(connection, row)
        taken.append((time.perf_counter() - start) * 1000)
    return sorted(taken[WARM_UP:])


def main() -> None:
    """Measure both; the whole row is the example of `/openapi.json`."""
    url, key, value, number = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
    connection.request("GET", "/openapi.json")
    document = json.loads(connection.getresponse().read())
    body = document["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]
    whole = body["examples"]["one row"]["value"]
    print("| a request has | p50, ms | p99, ms |\n| --- | ---: | ---: |")
    for what, row in (("all values", whole), ("the key alone", {key: value})):
        taken = milliseconds(connection, row, number)
        print(f"| {what} | {taken[number // 2]:.2f} | {taken[number * 99 // 100]:.2f} |")


if __name__ == "__main__":
    main()
