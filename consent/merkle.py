"""The tree over the ledger's entries (RFC 6962), so that one person's entries can be proven without anybody else's.

A leaf is an entry's hash. A checkpoint signs the root; the way from a leaf to the root is one hash for each level, and
says nothing about what lies beside it.
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256

EMPTY = sha256(b"").digest()


class Tree:
    """A tree that grows leaf by leaf and keeps only what its root needs: one node for each bit of its size."""

    def __init__(self) -> None:
        self.size = 0
        self._full: list[bytes] = []  # roots of full subtrees, the largest first

    def add(self, entry_hash: bytes) -> None:
        node, rest, full = sha256(b"\0" + entry_hash).digest(), self.size, self._full
        while rest & 1:
            node, rest = sha256(b"\1" + full.pop() + node).digest(), rest >> 1
        full.append(node)
        self.size += 1

    def root(self) -> bytes:
        """The root of what was added so far."""
        if not self._full:
            return EMPTY
        *larger, node = self._full
        for left in reversed(larger):
            node = sha256(b"\1" + left + node).digest()
        return node


def levels_of(entry_hashes: Iterable[bytes]) -> list[list[bytes]]:
    """Every node, the leaves first; a node without a neighbour rises as it is."""
    level = [sha256(b"\0" + entry_hash).digest() for entry_hash in entry_hashes]
    levels = [level]
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        level = [sha256(b"\1" + left + right).digest() for left, right in pairs] + level[len(level) & ~1 :]
        levels.append(level)
    return levels


def path_to_root(levels: Sequence[Sequence[bytes]], place: int) -> Iterator[bytes]:
    """What a verifier needs beside the leaf at this place, counted from 0."""
    for level in levels[:-1]:
        if place ^ 1 < len(level):
            yield level[place ^ 1]
        place >>= 1
