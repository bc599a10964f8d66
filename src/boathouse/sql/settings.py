"""The settings of a session that change how SQL text is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ParserSettings:
    """Each field is the Spark setting named behind it.

    - `reserved_keywords`: spark.sql.ansi.enforceReservedKeywords (with ANSI mode on)
    - `double_quoted_identifiers`: spark.sql.ansi.doubleQuotedIdentifiers (likewise)
    - `escaped_string_literals`: spark.sql.parser.escapedStringLiterals
    - `set_operations_left_to_right`: spark.sql.legacy.setopsPrecedence.enabled
    - `exponent_literal_as_decimal`: spark.sql.legacy.exponentLiteralAsDecimal.enabled
    - `quoted_names_are_patterns`: spark.sql.parser.quotedRegexColumnNames
    - `consecutive_quotes_join`: spark.sql.legacy.consecutiveStringLiterals.enabled
    - `timestamp_type`: spark.sql.timestampType (TIMESTAMP_LTZ or TIMESTAMP_NTZ)
    - `legacy_interval`: spark.sql.legacy.interval.enabled
    - `loose_day_time`: spark.sql.legacy.fromDayTimeString.enabled
    - `character_as_string`: spark.sql.legacy.charVarcharAsString
    - `pipes`: spark.sql.operatorPipeSyntaxEnabled
    - `single_pipes`: spark.sql.parser.singleCharacterPipeOperator.enabled
    - `bang_is_not`: spark.sql.legacy.bangEqualsNot
    - `most_buckets`: spark.sql.sources.bucketing.maxBuckets
    - `scripting`: spark.sql.scripting.enabled
    - `continue_handlers`: spark.sql.scripting.continueHandlerEnabled
    - `cursors`: spark.sql.scripting.cursorEnabled
    - `defaults`: spark.sql.defaultColumn.enabled
    - `default_collation`: none; what the texts of a statement with DEFAULT COLLATION are under
    - `object_collations`: spark.sql.collation.objectLevel.enabled
    - `shapes`: spark.sql.geospatial.enabled
    - `schema_collations`: the collations of databases that have one, the current one also by the
      empty name; None unless spark.sql.collation.schemaLevel.enabled
    - `texts_of_partitions`: spark.sql.legacy.keepPartitionSpecAsStringLiteral
    - `null_of_partitions_is_text`: spark.sql.legacy.parseNullPartitionSpecAsStringLiteral
    - `stable_names`: spark.sql.stableDerivedColumnAlias.enabled
    - `join_before_comma`: spark.sql.ansi.relationPrecedence
    - `time_zone`: spark.sql.session.timeZone, in which zone-less TIMESTAMP literals are read
    - `names_spelled_whole`: spark.sql.legacy.identifierClause
    - `names`: none; what each IDENTIFIER(...) of a command spells, of those that are not constant
    """

    reserved_keywords: bool = False
    double_quoted_identifiers: bool = False
    escaped_string_literals: bool = False
    set_operations_left_to_right: bool = False
    exponent_literal_as_decimal: bool = False
    quoted_names_are_patterns: bool = False
    consecutive_quotes_join: bool = False
    timestamp_type: str = "TIMESTAMP_LTZ"
    legacy_interval: bool = False
    loose_day_time: bool = False
    character_as_string: bool = False
    pipes: bool = True
    single_pipes: bool = True
    bang_is_not: bool = False
    most_buckets: int = 100_000
    scripting: bool = True
    continue_handlers: bool = False
    cursors: bool = False
    defaults: bool = True
    default_collation: str = "UTF8_BINARY"
    object_collations: bool = True
    shapes: bool = True
    schema_collations: tuple[tuple[str, str], ...] | None = None
    texts_of_partitions: bool = False
    null_of_partitions_is_text: bool = False
    stable_names: bool = False
    join_before_comma: bool = False
    time_zone: str = "UTC"
    names_spelled_whole: bool = False
    names: tuple[tuple[str, ...], ...] = ()


DEFAULT = ParserSettings()
_OBJECT_COLLATIONS = "spark.sql.collation.objectLevel.enabled"
_NULL_PARTITIONS = "spark.sql.legacy.parseNullPartitionSpecAsStringLiteral"
_SINGLE_PIPES = "spark.sql.parser.singleCharacterPipeOperator.enabled"


def settings_from(setting: Callable[[str], str], time_zone: str = "UTC") -> ParserSettings:
    """The settings that `setting`, which gives the text of a Spark setting (empty for one that it
    does not know), says.
    """

    def flag(key: str) -> bool:
        return setting(key).strip().lower() == "true"

    standard = flag("spark.sql.ansi.enabled")
    return ParserSettings(
        reserved_keywords=standard and flag("spark.sql.ansi.enforceReservedKeywords"),
        double_quoted_identifiers=standard and flag("spark.sql.ansi.doubleQuotedIdentifiers"),
        escaped_string_literals=flag("spark.sql.parser.escapedStringLiterals"),
        set_operations_left_to_right=flag("spark.sql.legacy.setopsPrecedence.enabled"),
        exponent_literal_as_decimal=flag("spark.sql.legacy.exponentLiteralAsDecimal.enabled"),
        quoted_names_are_patterns=flag("spark.sql.parser.quotedRegexColumnNames"),
        consecutive_quotes_join=flag("spark.sql.legacy.consecutiveStringLiterals.enabled"),
        timestamp_type=setting("spark.sql.timestampType").strip().upper() or "TIMESTAMP_LTZ",
        legacy_interval=flag("spark.sql.legacy.interval.enabled"),
        loose_day_time=flag("spark.sql.legacy.fromDayTimeString.enabled"),
        character_as_string=flag("spark.sql.legacy.charVarcharAsString"),
        pipes=setting("spark.sql.operatorPipeSyntaxEnabled").strip().lower() != "false",
        single_pipes=setting(_SINGLE_PIPES).strip().lower() != "false",
        bang_is_not=flag("spark.sql.legacy.bangEqualsNot"),
        most_buckets=int(setting("spark.sql.sources.bucketing.maxBuckets") or 100_000),
        scripting=setting("spark.sql.scripting.enabled").strip().lower() != "false",
        continue_handlers=flag("spark.sql.scripting.continueHandlerEnabled"),
        defaults=setting("spark.sql.defaultColumn.enabled").strip().lower() != "false",
        cursors=flag("spark.sql.scripting.cursorEnabled"),
        object_collations=setting(_OBJECT_COLLATIONS).strip().lower() != "false",
        shapes=setting("spark.sql.geospatial.enabled").strip().lower() != "false",
        schema_collations=() if flag("spark.sql.collation.schemaLevel.enabled") else None,
        texts_of_partitions=flag("spark.sql.legacy.keepPartitionSpecAsStringLiteral"),
        null_of_partitions_is_text=flag(_NULL_PARTITIONS),
        stable_names=flag("spark.sql.stableDerivedColumnAlias.enabled"),
        join_before_comma=standard and flag("spark.sql.ansi.relationPrecedence"),
        names_spelled_whole=flag("spark.sql.legacy.identifierClause"),
        time_zone=time_zone,
    )
