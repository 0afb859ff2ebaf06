"""`make bench`: what each operation costs, set against a limit measured in the same run.

The server runs on one core, the load comes from another; figures are operations per second of the
server's processor time, so that what else the machine does matters little.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import uvloop

from .back_end import BackEnd
from .operations import PEOPLE, PROJECT, Operations, Spent, Step, Visitor, limit_of
from .process import LOADING, SERVED, Limit, Ostiary, Process, pin


class Pace(NamedTuple):
    rounds: int  # server and probe by turns; the median counts
    seconds: float  # that a turn takes at most
    most: int  # operations of a turn
    logins: int  # of a turn
    starts: int
    idle: int  # seconds


USUAL = Pace(rounds=3, seconds=2.0, most=2000, logins=40, starts=3, idle=20)
QUICK = Pace(rounds=1, seconds=1.0, most=1000, logins=16, starts=1, idle=5)


class Turn(NamedTuple):
    rate: float  # operations per second of processor time
    latencies: list[float]
    statements: float  # per operation
    transactions: float


async def turn(
    process: Process, step: Step, visitors: list[Visitor], seconds: float, most: int
) -> Turn:
    latencies: list[float] = []
    for visitor in visitors:
        await visitor.connect(process.port)
    tallied = process.tally() if isinstance(process, Ostiary) else (0.0, 0.0)
    used, until = process.cpu(), time.monotonic() + seconds

    async def keep_on(visitor: Visitor) -> None:
        while (began := time.monotonic()) < until and len(latencies) < most:
            try:
                await step(visitor)
            except Spent:
                return
            latencies.append(time.monotonic() - began)

    await asyncio.gather(*(keep_on(visitor) for visitor in visitors))
    await asyncio.sleep(0.05)  # what was begun in the background belongs to it
    for visitor in visitors:
        visitor.leave()
    used = process.cpu() - used
    after = process.tally() if isinstance(process, Ostiary) else tallied
    done = len(latencies)
    statements, transactions = ((b - a) / done for a, b in zip(tallied, after, strict=True))
    return Turn(done / used, latencies, statements, transactions)


def row(name: str, ours: list[Turn], limits: list[float]) -> dict[str, Any]:
    rate = statistics.median(one.rate for one in ours)
    limit = statistics.median(limits)
    latencies = sorted(latency for one in ours for latency in one.latencies)
    return {
        "operation": name,
        "rate": rate,
        "limit": limit,
        "ratio": rate / limit,
        "p50_ms": 1000 * latencies[len(latencies) // 2],
        "p99_ms": 1000 * latencies[len(latencies) * 99 // 100],
        "statements": ours[-1].statements,
        "transactions": ours[-1].transactions,
    }


def show(measured: dict[str, Any]) -> None:
    print(
        "{operation:<38}{rate:>9,.0f}{limit:>9,.0f}{ratio:>7.2f}{p50_ms:>8.2f}{p99_ms:>8.2f}"
        "{statements:>7.1f}{transactions:>6.1f}".format(**measured),
        flush=True,
    )


async def measured(
    name: str,
    ours: Callable[[], Awaitable[Turn]],
    limit: Callable[[], Awaitable[float]],
    rounds: int,
) -> dict[str, Any]:
    """By turns; the medians."""
    turns, limits = [], []
    for _ in range(rounds):
        turns.append(await ours())
        limits.append(await limit())
    found = row(name, turns, limits)
    show(found)
    return found


async def operations(
    server: Ostiary, limit: Limit, visitors: list[Visitor], pace: Pace
) -> list[dict[str, Any]]:
    heads = ("op/CPU-s", "limit", "ratio", "p50 ms", "p99 ms", "stmts", "txns")
    print(f"\n{'operation':<38}{heads[0]:>9}{heads[1]:>9}{heads[2]:>7}{heads[3]:>8}{heads[4]:>8}"
          f"{heads[5]:>7}{heads[6]:>6}")  # fmt: skip
    pages, back_end = Operations(), BackEnd(server.management_port)
    await turn(server, pages.begin_session, visitors, 60, PEOPLE)
    await turn(server, back_end.begin_session, visitors, 60, PEOPLE)

    def ours(step: Step) -> Callable[[], Awaitable[Turn]]:
        return partial(turn, server, step, visitors, pace.seconds, pace.most)

    def probed(paths: tuple[str, ...]) -> Callable[[], Awaitable[float]]:
        async def probe() -> float:
            turned = await turn(limit, limit_of(paths), visitors, pace.seconds, pace.most)
            return turned.rate

        return probe

    logins = partial(turn, server, pages.log_in, visitors, 60, pace.logins)
    argon2id = partial(alone, "argon2id", pace.logins)
    rows = [await measured("password login (limit: Argon2id alone)", logins, argon2id, pace.rounds)]
    for name, step, paths in (*pages.all(), *back_end.all()):
        await turn(server, step, visitors, 60, PEOPLE)  # what is loaded at its first use is, now
        rows.append(await measured(name, ours(step), probed(paths), pace.rounds))
        if step == back_end.check:
            name, rs256 = "… (limit: its RS256 signature alone)", partial(alone, "rs256", pace.most)
            rows.append(await measured(name, ours(step), rs256, pace.rounds))
    return rows


async def alone(what: str, count: int) -> float:
    """On the core of the server, while the server is idle."""
    command = (sys.executable, "-m", "bench.limit", what, str(count))
    process = await asyncio.create_subprocess_exec(
        *command, stdout=subprocess.PIPE, preexec_fn=lambda: pin(SERVED)
    )
    told, _ = await process.communicate()
    return float(told)


def at_rest(data: Path, config: Path, pace: Pace) -> dict[str, float]:
    """Starting on a folder that exists, and doing nothing afterwards."""
    walls, cpus = [], []
    for _ in range(pace.starts - 1):
        with Ostiary(data, config) as server:
            walls.append(server.start_wall)
            cpus.append(server.start_cpu)
    with Ostiary(data, config) as server:
        walls.append(server.start_wall)
        cpus.append(server.start_cpu)
        statements, transactions = server.tally()
        used = server.cpu()
        time.sleep(pace.idle / 2)
        memory = server.memory()
        time.sleep(pace.idle / 2)
        used = server.cpu() - used
        after = server.tally()
    return {
        "ready_s": statistics.median(walls),
        "ready_cpu_s": statistics.median(cpus),
        "idle_rss_mib": memory["Rss"],
        "idle_pss_mib": memory["Pss"],
        "idle_statements_per_s": (after[0] - statements) / pace.idle,
        "idle_transactions_per_s": (after[1] - transactions) / pace.idle,
        "idle_cpu_percent": 100 * used / pace.idle,
    }


AT_REST = {
    "ready_s": "start of the interpreter to `ready`, s",
    "ready_cpu_s": "… of which processor time, s",
    "idle_rss_mib": "resident memory at rest, MiB",
    "idle_pss_mib": "… without what others share (PSS), MiB",
    "idle_statements_per_s": "database statements at rest, per s",
    "idle_transactions_per_s": "database transactions at rest, per s",
    "idle_cpu_percent": "processor time at rest, %",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round: a smoke test")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    options = parser.parse_args()
    pace = QUICK if options.quick else USUAL
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        data, config = Path(folder) / "data", Path(folder) / "project.yaml"
        visitors = [Visitor(number, data) for number in range(PEOPLE)]
        people = "".join(visitor.as_yaml(number) for number, visitor in enumerate(visitors))
        config.write_text(PROJECT + people, encoding="utf-8")
        cores = sorted(os.sched_getaffinity(0))
        print(f"server on core {cores[SERVED]}, load from core {cores[LOADING]}", flush=True)
        with Ostiary(data, config):
            pass  # the first start makes the folder
        rest = at_rest(data, config, pace)
        for name, value in rest.items():
            print(f"{AT_REST[name]:<42}{value:>9.2f}")
        with Ostiary(data, config) as server, Limit(Path(folder)) as limit:
            os.sched_setaffinity(0, {cores[LOADING]})
            rows = uvloop.run(operations(server, limit, visitors, pace))
    if options.json:
        options.json.write_text(json.dumps({"at_rest": rest, "operations": rows}, indent=2))


if __name__ == "__main__":
    main()
