"""Clients that ask a server for pages without a pause; started by `benchmarks.site_load` as a process of its own."""

from __future__ import annotations

import http.client
import json
import random
import statistics
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any


def ask(job: dict[str, Any], number: int, seen: list[tuple[float, int, int]]) -> None:
    """Be one client until the time is over: (seconds, status, bytes) of each answer go into ``seen``."""
    draw = random.Random(number)
    headers = {"Accept-Encoding": "gzip"} | job["headers"]
    line = http.client.HTTPConnection(job["host"], job["port"], timeout=60)
    until = time.perf_counter() + job["seconds"]
    while time.perf_counter() < until:
        began = time.perf_counter()
        try:
            line.request("GET", draw.choice(job["paths"]), headers=headers)
            answer = line.getresponse()
            size = len(answer.read())
        except (http.client.HTTPException, OSError):
            line.close()  # kept open too long; the next question opens it anew
            continue
        seen.append((time.perf_counter() - began, answer.status, size))


def main() -> None:
    job = json.loads(Path(sys.argv[1]).read_text())
    seen: list[tuple[float, int, int]] = []
    clients = [threading.Thread(target=ask, args=(job, k, seen)) for k in range(job["clients"])]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    times = sorted(1000 * seconds for seconds, _, _ in seen)
    figures = {
        "median": round(statistics.median(times), 1),
        "p99": round(times[int(0.99 * (len(times) - 1))], 1),
        "statuses": Counter(status for _, status, _ in seen),
        "kB": round(statistics.mean(size for _, _, size in seen) / 1000, 1),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
