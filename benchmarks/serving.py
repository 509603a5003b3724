"""What the proxy adds to an upstream, how many streams it holds, and whether its memory grows.

    python benchmarks/serving.py [--json benchmarks/serving.json]

A stub upstream of fixed latency, the proxy and the clients are three processes. Latencies of both
ways are measured in one run, in turns of a second, at a fixed rate of requests (open loop: the next
is sent in time whether the last was answered or not).
"""

import argparse
import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

LATENCY = 0.05  # seconds of the upstream
RATE, SECONDS, STREAMS = 100, 20, 200
BODY = {"model": "stub", "messages": [{"role": "user", "content": "What is the capital of Peru?"}]}
UPSTREAM = """
import sys
sys.path.insert(0, "tests")
import uvicorn
from serve.running import Stub
uvicorn.run(Stub(delay={latency}, keep=False).app(), port={port}, log_level="error", loop="asyncio")
"""
PATH = "/v1/chat/completions"


@contextmanager
def process(command: list[str], url: str) -> Iterator[subprocess.Popen[bytes]]:
    """A server that answers before the block begins, and ends with it."""
    running = subprocess.Popen(command, env={**os.environ, "OMP_NUM_THREADS": "1"})
    until = time.monotonic() + 120
    while True:
        try:
            httpx.get(url, timeout=1)
            break
        except httpx.HTTPError:
            if running.poll() is not None or time.monotonic() > until:
                raise
            time.sleep(0.1)
    try:
        yield running
    finally:
        running.terminate()
        running.wait()


def free_port() -> int:
    """Where nothing listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def resident(process: "subprocess.Popen[bytes]") -> float:
    """Resident megabytes of a process."""
    pages = Path(f"/proc/{process.pid}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6


async def at_rate(client: httpx.AsyncClient, url: str, seconds: float) -> list[float]:
    """Latencies of requests that are sent at a fixed rate, whatever becomes of them."""
    found: list[float] = []

    async def one() -> None:
        begin = time.perf_counter()
        response = await client.post(url + PATH, json=BODY)
        response.raise_for_status()
        found.append(time.perf_counter() - begin)

    begin, tasks = time.perf_counter(), []
    for i in range(round(seconds * RATE)):
        await asyncio.sleep(max(0.0, begin + i / RATE - time.perf_counter()))
        tasks.append(asyncio.create_task(one()))
    await asyncio.gather(*tasks)
    return found


async def streams(client: httpx.AsyncClient, url: str, count: int) -> dict[str, float]:
    """So many streams at once; all have to end well."""

    async def one() -> bool:
        async with client.stream("POST", url + PATH, json=BODY | {"stream": True}) as stream:
            lines = [line async for line in stream.aiter_lines() if line]
        return lines[-1] == "data: [DONE]" and '"dubito"' in lines[-2]

    begin = time.perf_counter()
    whole = await asyncio.gather(*(one() for _ in range(count)))
    return {
        "streams": count,
        "whole": sum(whole),
        "seconds": round(time.perf_counter() - begin, 2),
    }


async def many(client: httpx.AsyncClient, url: str, count: int, at_once: int) -> None:
    """So many requests, some at a time."""
    left = iter(range(count))

    async def worker() -> None:
        for _ in left:
            (await client.post(url + PATH, json=BODY)).raise_for_status()

    await asyncio.gather(*(worker() for _ in range(at_once)))


def percentile(values: list[float], share: float) -> float:
    """In milliseconds."""
    return 1000 * sorted(values)[min(len(values) - 1, int(share * len(values)))]


async def measure(upstream: str, ours: str, proxy: "subprocess.Popen[bytes]", n: int) -> dict:
    """All figures."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=300, keepalive_expiry=2.0)
    async with httpx.AsyncClient(timeout=60, limits=limits) as client:
        for url in (upstream, ours):
            await at_rate(client, url, 1)
        bare: list[float] = []
        proxied: list[float] = []
        for _ in range(SECONDS):
            bare += await at_rate(client, upstream, 1)
            proxied += await at_rate(client, ours, 1)
        told = {
            "rate": RATE,
            "requests": len(proxied),
            "bare ms": {f"{s:.0%}": round(percentile(bare, s), 2) for s in (0.5, 0.99)},
            "proxied ms": {f"{s:.0%}": round(percentile(proxied, s), 2) for s in (0.5, 0.99)},
        }
        told["added ms"] = {
            s: round(told["proxied ms"][s] - told["bare ms"][s], 2) for s in told["bare ms"]
        }
        told["held"] = await streams(client, ours, STREAMS)
        await many(client, ours, 2000, 20)
        memory = [resident(proxy)]
        for _ in range(n // 2000):
            await many(client, ours, 2000, 20)
            memory.append(resident(proxy))
        told["memory MB"] = {"after 2,000 each": [round(m, 1) for m in memory]}
        told["memory MB"]["growth over 10,000 requests"] = round(memory[-1] - memory[0], 1)
    return told


def main() -> None:
    """Start both servers, measure, tell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=10_000, help="for memory")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    up, port = free_port(), free_port()
    upstream, ours = f"http://127.0.0.1:{up}", f"http://127.0.0.1:{port}"
    records = Path(f"/tmp/dubito-serving-{port}.db")
    stub = [sys.executable, "-c", UPSTREAM.format(latency=LATENCY, port=up)]
    start = "from dubito.cli import main; main()"
    proxy = [sys.executable, "-c", start, "serve", "--upstream", f"{upstream}/v1"]
    proxy += ["--port", f"{port}", "--records", f"sqlite:///{records}", "--in-flight", "300"]
    with (
        process(stub, f"{upstream}/v1/models"),
        process(proxy, f"{ours}/healthz") as running,
    ):
        told = asyncio.run(measure(upstream, ours, running, given.requests))
    for file in records.parent.glob(f"{records.name}*"):
        file.unlink()
    print(json.dumps(told, indent=1))
    if given.json:
        given.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
