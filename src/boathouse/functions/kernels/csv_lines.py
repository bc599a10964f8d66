"""Lines of CSV that are not as they should be, cut into values as Spark's parser does."""

from __future__ import annotations

from dataclasses import dataclass

from boathouse.functions.kernels.rows import by_row

Values = list[str | None]
_BLANKS = {" ", "\t"}


@by_row
def values(
    line: str,
    *,
    separator: str,
    quote: str,
    escape: str,
    empty: str,
    at_quotes: str,
    trimmed: tuple[bool, bool],
) -> Values:
    """The values of `line`: null where nothing stands, `empty` where nothing stands in quotes.
    `at_quotes` is what to do at a quote within quotes that none escapes: ``stop_at_delimiter``,
    ``stop_at_closing_quote`` or ``skip_value``. `trimmed` says whether blanks before values, and
    behind them, do not count.
    """
    return _Line(line, separator, quote, escape, empty, at_quotes, *trimmed).values()


@dataclass(slots=True)
class _Line:
    text: str
    separator: str
    quote: str
    escape: str
    empty: str
    at_quotes: str
    left: bool
    right: bool
    at: int = 0

    def values(self) -> Values:
        found = [self.value()]
        while self.at < len(self.text):
            self.at += len(self.separator)
            found.append(self.value())
        return found

    def value(self) -> str | None:
        """The value that begins here; then stands at the separator behind it, or at the end."""
        while self.left and self.text[self.at : self.at + 1] in _BLANKS:
            self.at += 1
        begin = self.at
        if not self.text.startswith(self.quote, begin):
            return self.plain(begin) or None
        self.at += 1
        if self.at == len(self.text):
            return self.quote
        inside = self.quoted()
        if inside is not None:
            return inside or self.empty
        if self.at_quotes == "skip_value":
            self.plain(self.at)
            return None
        return self.plain(begin)

    def plain(self, begin: int) -> str:
        end = self.text.find(self.separator, self.at)
        self.at = len(self.text) if end < 0 else end
        found = self.text[begin : self.at]
        return found.rstrip(" \t") if self.right else found

    def quoted(self) -> str | None:
        """What stands up to the quote that closes it, or up to the end; None where a quote comes
        before that.
        """
        parts: list[str] = []
        while self.at < len(self.text):
            sign, following = self.text[self.at], self.text[self.at + 1 : self.at + 2]
            if sign == self.escape and following and following in self.quote + self.escape:
                parts.append(following)
                self.at += 2
            elif sign == self.quote and self.closes():
                return "".join(parts)
            elif sign == self.quote and self.at_quotes != "stop_at_closing_quote":
                return None
            else:
                parts.append(sign)
                self.at += 1
        return "".join(parts)

    def closes(self) -> bool:
        """Whether a separator or the end follows, behind blanks; if so, stands there."""
        end = self.at + 1
        while self.text[end : end + 1] in _BLANKS:
            end += 1
        if end < len(self.text) and not self.text.startswith(self.separator, end):
            return False
        self.at = end
        return True
