"""Processes under measurement: pinned to one core, told apart by what the kernel says they used."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Self

SERVED, LOADING = 0, -1  # of the cores we may use: the first serves, the last makes the load
START = 60.0  # seconds; a data folder is new only once


def pin(core: int) -> None:
    cores = sorted(os.sched_getaffinity(os.getppid()))
    os.sched_setaffinity(0, {cores[core]})


def free_port() -> int:
    with socket.socket() as probing:
        probing.bind(("127.0.0.1", 0))
        return int(probing.getsockname()[1])


class Process:
    """A command that prints `ready` once it serves; a context manager that ends it."""

    def __init__(self, port: int, command: list[str]) -> None:
        self.port = port
        self._command = command

    def __enter__(self) -> Self:
        surroundings = {k: v for k, v in os.environ.items() if not k.startswith("OSTIARY_")}
        started = time.monotonic()
        self._process = subprocess.Popen(
            self._command,
            stdout=subprocess.PIPE,
            text=True,
            env=surroundings,
            preexec_fn=lambda: pin(SERVED),
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line == "ready\n":
                self.start_wall = time.monotonic() - started
                self.start_cpu = self.cpu()
                return self
        raise SystemExit(f"{' '.join(self._command)} ended with {self._process.wait()}")

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        assert self._process.stdout is not None
        with self._process.stdout:
            self._process.wait(START)

    def cpu(self) -> float:
        """Seconds of processor time used so far, all threads, user and system (clock_getcpuclockid(3))."""
        return time.clock_gettime(~self._process.pid << 3 | 2)

    def memory(self) -> dict[str, float]:
        """Resident and proportional set size, MiB."""
        rollup = Path(f"/proc/{self._process.pid}/smaps_rollup").read_text(encoding="ascii")
        sizes = {line.split(":")[0]: line.split()[1] for line in rollup.splitlines()[1:]}
        return {name: int(sizes[name]) / 1024 for name in ("Rss", "Pss")}


class Ostiary(Process):
    """`ostiary dev` on ports of its own."""

    def __init__(self, data: Path, config: Path) -> None:
        self.data = data
        port, self.management_port, https_port = free_port(), free_port(), free_port()
        super().__init__(
            port,
            [
                *(sys.executable, "-m", "ostiary", "dev"),
                *("--data", str(data), "--config", str(config), "--http-port", str(port)),
                *("--https-port", str(https_port)),
                *("--management-port", str(self.management_port)),
            ],
        )

    def tally(self) -> tuple[float, float]:
        """Statements and transactions so far."""
        address = f"http://127.0.0.1:{self.management_port}/metrics"
        with contextlib.closing(urllib.request.urlopen(address)) as answer:
            lines = dict(
                line.rpartition(" ")[::2]
                for line in answer.read().decode().splitlines()
                if not line.startswith("#")
            )
        prefix = "ostiary_database_"
        return float(lines[f"{prefix}statements_total"]), float(
            lines[f"{prefix}transactions_total"]
        )


class Limit(Process):
    """The probe of `limit.py`."""

    def __init__(self, data: Path) -> None:
        port = free_port()
        super().__init__(port, [sys.executable, "-m", "bench.limit", str(data), str(port)])
