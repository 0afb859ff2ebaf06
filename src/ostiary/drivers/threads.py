"""A few threads for what takes milliseconds of processor time: Argon2."""

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")

NICE = 10  # below the event loop: its lateness stays under a millisecond while hashes are computed


def _step_back() -> None:
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)


def _cores() -> int:
    """Those this process may use: with more threads, hashes push each other out of a core's cache."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Threads:
    """As many threads as cores: more would only take memory (PW-5), 19 MiB each."""

    def __init__(self, count: int | None = None) -> None:
        self._executor = ThreadPoolExecutor(
            max_workers=count or _cores(),
            thread_name_prefix="crunch",
            initializer=_step_back,
        )

    async def __call__(self, function: Callable[..., T], *arguments: Any) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, function, *arguments)

    def close(self) -> None:
        self._executor.shutdown(cancel_futures=True)
