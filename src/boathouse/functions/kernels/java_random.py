"""Java's random numbers: what Spark draws from where a seed is given or fixed."""

from __future__ import annotations

_MULTIPLIER = 0x5DEECE66D
_MASK = (1 << 48) - 1


class JavaRandom:
    """``java.util.Random``: a linear congruential generator of 48 bits, as documented."""

    def __init__(self, seed: int) -> None:
        """Start from `seed`."""
        self._state = (seed ^ _MULTIPLIER) & _MASK

    def bits(self, number: int) -> int:
        """The next `number` bits, unsigned."""
        self._state = (self._state * _MULTIPLIER + 0xB) & _MASK
        return self._state >> (48 - number)

    def below(self, bound: int) -> int:
        """The next int from 0 to below `bound`."""
        drawn = self.bits(31)
        if bound & (bound - 1) == 0:
            return (bound * drawn) >> 31
        while drawn - drawn % bound + (bound - 1) >= 1 << 31:
            drawn = self.bits(31)
        return drawn % bound

    def double(self) -> float:
        """The next double from 0 to below 1."""
        return ((self.bits(26) << 27) + self.bits(27)) * 2.0**-53
