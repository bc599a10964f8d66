"""A reader over tokens: look, take, complain. The parsers are built on it."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from boathouse.errors.exceptions import ParseError, QueryContext, SparkError
from boathouse.spec.expressions import Origin
from boathouse.spec.relations import QueryText
from boathouse.sql.keywords import (
    CASE_WORDS,
    CLAUSES,
    ENDS,
    ORGANIZES,
    RESERVED,
    SET_OPERATORS,
    STRICT,
    TABLE_CLAUSES,
)
from boathouse.sql.lexer import Kind, Tokens, tokenize
from boathouse.sql.parameters import with_arguments
from boathouse.sql.settings import DEFAULT, ParserSettings
from boathouse.sql.text import string_value

if TYPE_CHECKING:
    from boathouse.spec.expressions import Expression

_LONGEST_SIZE = 18
"""Digits of sizes, counts and positions: more are no sensible number."""

_MISSED = frozenset({")", "]", "JOIN", "THEN", "FROM"})

_DOUBLED = frozenset(("WHERE", "HAVING", "LIMIT", "OFFSET", "WINDOW", "LATERAL", *SET_OPERATORS))
"""Words that may stand twice: as a name, and to open the clause behind it."""

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


class Cursor:
    """The current token is `word` (see `lexer`) at index `position`."""

    def __init__(
        self, text: str, settings: ParserSettings = DEFAULT, arguments: QueryText | None = None
    ) -> None:
        """Tokenize `text`, simple `arguments` in the place of their parameters; raises
        UNCLOSED_BRACKETED_COMMENT.
        """
        self.tokens: Tokens = tokenize(text)
        self._marks = [
            start
            for start, word in zip(self.tokens.starts, self.tokens.words, strict=True)
            if word == "?"
        ]
        if arguments is not None:
            self.tokens = with_arguments(self.tokens, arguments)
        self.settings = settings
        self.words = self.tokens.words
        self.kinds = self.tokens.kinds
        self.last = len(self.words) - 1
        self.position = 0
        self.word = self.words[0]
        self.case_depth = 0
        self.for_depth = 0
        self.in_column = False
        self.undecided = 0
        """How many phrases around this token Spark's parser reads on in before it decides what they
        are: a mistake inside of them is told without a hint.
        """
        self.arguments = arguments
        self.identifiers: list[Expression] = []
        """The texts of each IDENTIFIER(...) of a command that are not constant."""
        self.deferred: SparkError | None = None
        self._pairs: dict[int, int] | None = None

    # ---- looking ----------------------------------------------------------------------------

    def peek(self, distance: int = 1) -> str:
        """The word `distance` tokens ahead; empty behind the end."""
        index = self.position + distance
        return self.words[index] if index < len(self.words) else ""

    def ahead(self, *words: str) -> bool:
        """Whether the next tokens are exactly `words`."""
        return self.words[self.position : self.position + len(words)] == list(words)

    def at_end(self) -> bool:
        """Whether all tokens are taken."""
        return self.kinds[self.position] is Kind.END

    def question_mark(self, index: int) -> int:
        """How many ``?`` stand before the token at `index`."""
        return bisect_left(self._marks, self.tokens.starts[index])

    def matching(self, index: int) -> int:
        """The index of the parenthesis that closes the one at `index`; -1 if none does."""
        if self._pairs is None:
            self._pairs = {}
            stack: list[int] = []
            for place, word in enumerate(self.words):
                if word == "(":
                    stack.append(place)
                elif word == ")" and stack:
                    self._pairs[stack.pop()] = place
        return self._pairs.get(index, -1)

    # ---- taking -----------------------------------------------------------------------------

    def advance(self, count: int = 1) -> None:
        """Step over `count` tokens, never over the end."""
        self.position = position = min(self.position + count, self.last)
        self.word = self.words[position]

    def move(self, position: int) -> None:
        """Go to the token at `position`."""
        self.position = position
        self.word = self.words[position]

    def accept(self, *words: str) -> bool:
        """Take `words` if they come next."""
        if self.word != words[0]:
            return False
        if len(words) > 1 and not self.ahead(*words):
            return False
        self.advance(len(words))
        return True

    def accept_negation(self) -> bool:
        """Take NOT if it comes next, or ``!``, which stood for it in former times."""
        position = self.position
        word = self.accept_any("NOT", "!")
        if word == "!" and not self.settings.bang_is_not:
            condition = "SYNTAX_DISCONTINUED.BANG_EQUALS_NOT"
            self.defer(self.error_at(position, condition, clause="!"))
        return bool(word)

    def accept_any(self, *words: str) -> str:
        """Take the next token if it is one of `words`; else the empty string."""
        word = self.word
        if word and word in words:
            self.advance()
            return word
        return ""

    def expect(self, *words: str) -> None:
        """Take `words` or raise a syntax error at the first token that differs."""
        for word in words:
            if self.word != word:
                raise self.syntax_error(hint=self._hint(word))
            self.advance()

    def expect_before_name(self, word: str, shown: str = "") -> None:
        """Take `word`, behind which a name or a constant comes: it is missing (as `shown`) where
        one comes at once.
        """
        if self.word == word:
            self.advance()
            return
        extra = self.peek() == word and not self.at_end()
        constant = self.kinds[self.position] in {Kind.NUMBER, Kind.STRING}
        error = self.missing(word, here=self.at_identifier() or constant)
        if shown and error.parameters["hint"]:
            raise self.syntax_error(hint=f": missing {shown}")
        raise self.syntax_error(hint=self._extra()) if extra else error

    def refuse_last(self) -> None:
        """A syntax error if the current token, which something must follow, is the last: Spark
        takes it for one too much.
        """
        if self.kinds[min(self.position + 1, self.last)] is Kind.END and not self.at_end():
            raise self.syntax_error(hint=self._extra())

    def close(self, count: int) -> None:
        """Take the parenthesis behind a list of `count` items."""
        if self.word != ")":
            listed = count > 1 or self.peek() == ","
            raise self.syntax_error(hint=self._extra() if listed else self._hint(")", sure=False))
        self.advance()

    def missing(self, word: str, *, here: bool) -> ParseError:
        """The syntax error where `word` is lacking before the current token, which is what could
        follow it if it is lacking `here`.
        """
        return self.syntax_error(hint=f": missing '{word}'" if here else "")

    def _behind_as(self) -> ParseError:
        """The syntax error of what cannot follow AS: a token too much if it is the last, for AS may
        be the name itself. Where words are reserved AS is none, and wrong before what is no word.
        """
        if self.settings.reserved_keywords and self.kinds[self.position + 1] is not Kind.WORD:
            return self.syntax_error()
        self.advance()
        alone = not self.settings.reserved_keywords and self.kinds[self.position + 1] is Kind.END
        return self.syntax_error(hint=self._extra() if alone else "")

    def _extra(self) -> str:
        shown = "end of input" if self.at_end() else f"'{self.text_at(self.position)}'"
        return f": extra input {shown}"

    def _hint(self, word: str, *, sure: bool = True) -> str:
        """What Spark's parser says of a missing `word`: that the token here is one too many where
        `word` follows it, else, for some words, that it is missing.
        """
        if self.peek() == word and not self.at_end():
            return self._extra()
        return f": missing '{word}'" if sure and word in _MISSED else ""

    # ---- names ------------------------------------------------------------------------------

    def at_identifier(self) -> bool:
        """Whether the current token can name something."""
        return self.is_identifier(self.position)

    def is_identifier(self, index: int) -> bool:
        """Whether the token at `index` can name something."""
        kind = self.kinds[index]
        if kind is Kind.WORD:
            return not (self.settings.reserved_keywords and self.words[index] in RESERVED)
        if kind is Kind.QUOTED:
            return True
        return kind is Kind.DOUBLE_QUOTED and self.settings.double_quoted_identifiers

    def identifier(self) -> str:
        """Take one name; raises INVALID_IDENTIFIER for letters that need backticks."""
        if not self.at_identifier():
            raise self.syntax_error()
        name = self.name_at(self.position)
        self.advance()
        return name

    def name_at(self, index: int) -> str:
        """The name that the token at `index` spells."""
        text = self.text_at(index)
        kind = self.kinds[index]
        if kind is Kind.WORD:
            if not _PLAIN.issuperset(text):
                error = self.error_at(index, "INVALID_IDENTIFIER", ident=text)
                if not self.undecided:
                    raise error
                self.defer(error)
            return text
        quote = text[0]
        return text[1:-1].replace(quote + quote, quote)

    def whole_identifier(self) -> str:
        """Take one name; ``a-b``, which needs backticks, raises INVALID_IDENTIFIER."""
        first = self.position
        if self._identifier_of_text_ahead() and not self.settings.names_spelled_whole:
            text, (*before, name) = self._identifier_of_text()
            if before:
                raise self.error_at(first + 2, "INVALID_IDENTIFIER", ident=text)
            return name
        name = self.identifier()
        if self._hyphen_ahead():
            while self.word == "-" and self.is_identifier(self.position + 1):
                self.advance(2)
            written = "".join(self.text_at(place) for place in range(first, self.position))
            raise self.error_at(first, "INVALID_IDENTIFIER", ident=written)
        return name

    def _hyphen_ahead(self) -> bool:
        """Whether a name goes on with a hyphen and a word, and is not something that an interval is
        taken from.
        """
        following = self.position + 1
        if self.word != "-" or not self.is_identifier(min(following, len(self.words) - 1)):
            return False
        return not (self.words[following] == "INTERVAL" and self.is_string(following + 1))

    def _identifier_of_text_ahead(self) -> bool:
        return self.ahead("IDENTIFIER", "(") and self.is_string(self.position + 2)

    def _identifier_of_text(self) -> tuple[str, tuple[str, ...]]:
        """Take ``IDENTIFIER('name')`` where a name stands; the text, and the parts it spells."""
        self.advance(2)
        first = self.position
        text = self.strings()
        self.expect(")")
        parser = Cursor(text, self.settings)
        parts = parser.multipart()
        if not parser.at_end():
            raise self.error_at(first, "INVALID_IDENTIFIER", ident=text)
        return text, parts

    def multipart(self) -> tuple[str, ...]:
        """Take a name of one or more parts joined by dots."""
        if self.position == 0 and self.at_end():
            raise self.error_at(0, "PARSE_EMPTY_STATEMENT")
        alone = self.settings.names_spelled_whole and self._identifier_of_text_ahead()
        parts = [*self._parts()]
        while self.word == "." and not alone:
            self.advance()
            parts += self._parts()
        return tuple(parts)

    def _parts(self) -> tuple[str, ...]:
        """Take one part of a name, or those that ``IDENTIFIER('a.b')`` spells."""
        if self._identifier_of_text_ahead():
            return self._identifier_of_text()[1]
        return (self.whole_identifier(),)

    def identifier_list(self) -> tuple[str, ...]:
        """Take ``(a, b, ...)``."""
        self.expect("(")
        names = [self.whole_identifier()]
        while self.accept(","):
            names.append(self.whole_identifier())
        self.close(len(names))
        return tuple(names)

    def multipart_list(self) -> list[tuple[str, ...]]:
        """Take names joined by commas."""
        names = [self.multipart()]
        while self.accept(","):
            names.append(self.multipart())
        return names

    def at_clause(self, *, of_table: bool = False) -> bool:
        """Whether the current word opens a clause rather than naming what stands before it: an
        item of a list or (`of_table`) a table.
        """
        word = self.word
        if word == "DO" and self.for_depth:
            return True
        follow = CLAUSES.get(word)
        if follow is None or (word in TABLE_CLAUSES and not of_table):
            return False
        if word in CASE_WORDS and not self.case_depth:
            return False
        following = self.peek()
        if following == word and follow == frozenset() and word in _DOUBLED:
            return self.peek(2) in ENDS  # the second opens it, and the first is a name
        before_from = following == "FROM" and follow == frozenset() and not of_table
        if before_from and word not in CASE_WORDS and self.peek(2) not in ENDS:
            return False  # it is the FROM behind it that opens a clause
        if word == "FROM" and self.peek(2) == "BY" and following in ORGANIZES:
            # No table has a name and BY behind it, and then a value.
            value = self.peek(3) not in CLAUSES or self.peek(4) in ENDS
            return self.peek(3) in ENDS or not value
        return following in follow if follow else following not in ENDS

    def alias(self) -> str | None:
        """Take ``[AS] name`` behind an expression, if there is one."""
        if self.ahead("AS", "FROM") and not self.settings.reserved_keywords:
            behind = self.peek(2)
            is_name = behind not in CLAUSES and self.is_identifier(self.position + 2)
            if is_name or behind in {"(", "VALUES"}:
                return self.identifier()  # AS is the name
        if self.word == "AS" and self.is_identifier(min(self.position + 1, len(self.words) - 1)):
            self.advance()
            return self.whole_identifier()
        if self.word == "AS" and self.peek() not in ENDS:
            raise self._behind_as()
        if self.at_identifier() and not self.at_clause():
            return self.whole_identifier()
        return None

    def table_alias_ahead(self) -> bool:
        """Whether a table's alias comes next; STRICT words need backticks."""
        if self.word == "AS":
            return True
        if not self.at_identifier() or self.word in STRICT:
            return False
        return not self.at_clause(of_table=True)

    # ---- strings ----------------------------------------------------------------------------

    def at_string(self) -> bool:
        """Whether the current token is a string literal."""
        return self.is_string(self.position)

    def is_string(self, index: int) -> bool:
        """Whether the token at `index` is a string literal."""
        kind = self.kinds[index]
        if kind is Kind.STRING:
            return True
        return kind is Kind.DOUBLE_QUOTED and not self.settings.double_quoted_identifiers

    def string(self) -> str:
        """Take one string literal and give its value."""
        if not self.at_string():
            raise self.syntax_error()
        value = string_value(self.word, self.settings)
        self.advance()
        return value

    def strings(self) -> str:
        """Take adjacent string literals as one."""
        value = self.string()
        while self.at_string():
            value += self.string()
        return value

    def integer(self) -> int:
        """Take a whole number without suffix."""
        if self.kinds[self.position] is not Kind.NUMBER or not self.word.isdigit():
            raise self.syntax_error()
        if len(self.word) > _LONGEST_SIZE:
            raise self.syntax_error()
        value = int(self.word)
        self.advance()
        return value

    # ---- places and errors ------------------------------------------------------------------

    def text_at(self, index: int) -> str:
        """The token at `index` as written."""
        return self.tokens.text[self.tokens.starts[index] : self.tokens.stops[index]]

    def text_since(self, first: int) -> str:
        """The text from the token at `first` to the last one taken."""
        return self.tokens.written(first, max(self.position - 1, first))

    def origin(self, first: int) -> Origin:
        """The place from the token at `first` to the last one taken; `stop` is exclusive."""
        tokens = self.tokens
        start = tokens.starts[first]
        stop = tokens.stops[max(self.position - 1, first)]
        line, column = tokens.line_column(start)
        return Origin(tokens.text, start, stop, line, column)

    def error_since(self, first: int, condition: str, /, **parameters: object) -> ParseError:
        """`condition` about everything from the token at `first` to the last one taken."""
        stop = self.tokens.stops[max(self.position - 1, first)]
        context = QueryContext(self.tokens.text, self.tokens.starts[first], stop)
        return ParseError(condition, context, **parameters)

    def error_at(self, index: int, condition: str, /, **parameters: object) -> ParseError:
        """`condition` about the token at `index`."""
        context = QueryContext(
            self.tokens.text, self.tokens.starts[index], self.tokens.stops[index]
        )
        return ParseError(condition, context, **parameters)

    def syntax_error(self, *, hint: str = "") -> ParseError:
        """PARSE_SYNTAX_ERROR at the current token; `hint` says what is missing or too much."""
        error = "end of input" if self.at_end() else f"'{self.text_at(self.position)}'"
        told = "" if self.undecided else hint
        return self.error_at(self.position, "PARSE_SYNTAX_ERROR", error=error, hint=told)

    def defer(self, error: SparkError) -> None:
        """Keep the first error about what a well-formed piece means: as in Spark, it is raised
        only when the whole text is well-formed.
        """
        if self.deferred is None:
            self.deferred = error

    def finish(self) -> None:
        """Take trailing semicolons; anything behind them is a syntax error. Then what was deferred
        is raised.
        """
        ended = False
        while self.accept(";"):
            ended = True
        if not self.at_end():
            alone = ended or self.kinds[self.position + 1] is Kind.END
            extra = f": extra input '{self.text_at(self.position)}'" if alone else ""
            raise self.syntax_error(hint=extra)
        if self.deferred is not None:
            raise self.deferred
