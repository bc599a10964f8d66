"""Room for deep plans: messages nested far beyond protobuf's hundred levels, and threads whose
stacks can read them.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Generator
from typing import Any

import google._upb._message as upb

STACK = 256 * 1024 * 1024
"""Bytes of address space for the stack of a thread; only what is used takes memory."""

RECURSION = 20_000
"""Python frames. The client itself builds messages recursively, several frames a level."""

_starting = threading.Lock()


def lift_limits() -> None:
    """Let protobuf decode messages of any depth, and Python recurse further. Process-wide."""
    upb.SetAllowOversizeProtos(True)
    if sys.getrecursionlimit() < RECURSION:
        sys.setrecursionlimit(RECURSION)


@contextlib.contextmanager
def deep_stacks() -> Generator[None]:
    """Threads started meanwhile get deep stacks."""
    with _starting:
        before = threading.stack_size(STACK)
        try:
            yield
        finally:
            threading.stack_size(before)


def start_thread(target: Callable[..., Any], *arguments: Any, name: str) -> threading.Thread:
    """Run `target` in a daemon thread with a deep stack."""
    thread = threading.Thread(target=target, args=arguments, name=name, daemon=True)
    with deep_stacks():
        thread.start()
    return thread
