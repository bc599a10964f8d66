"""Folding a tree of messages without recursion: plans grow as deep as programs are long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

M = TypeVar("M")
V = TypeVar("V")

Build = Callable[[Sequence[V]], V]
Enter = Callable[[M], tuple[Sequence[M], Build[V]]]


def fold(root: M, enter: Enter[M, V]) -> V:
    """The value of `root`. `enter` gives a node's children and what builds the node's value from
    theirs, which come in the same order.
    """
    values: list[V] = []
    todo: list[tuple[M, None] | tuple[int, Build[V]]] = [(root, None)]
    while todo:
        step = todo.pop()
        if step[1] is None:
            children, build = enter(step[0])
            todo.append((len(children), build))
            todo.extend((child, None) for child in reversed(children))
        else:
            first = len(values) - step[0]
            parts = values[first:]
            del values[first:]
            values.append(step[1](parts))
    return values[0]
