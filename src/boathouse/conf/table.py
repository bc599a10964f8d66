"""The settings that change something here, each in one entry. Defaults are Spark 4.2's.

What Spark knows and Boathouse accepts without any effect stands in `known.json`.
"""

from __future__ import annotations

from boathouse.conf.kinds import Kind, Setting


def _flag(key: str, default: bool, doc: str) -> Setting:  # noqa: FBT001 - it is the setting's value
    return Setting(key, Kind.FLAG, "true" if default else "false", doc)


def _integer(key: str, default: int | None, doc: str, *, positive: bool = False) -> Setting:
    text = None if default is None else str(default)
    return Setting(key, Kind.INTEGER, text, doc, positive=positive)


def _long(key: str, default: int, doc: str) -> Setting:
    return Setting(key, Kind.LONG, str(default), doc)


def _size(key: str, default: str, doc: str) -> Setting:
    return Setting(key, Kind.SIZE, default, doc)


def _text(key: str, default: str | None, doc: str) -> Setting:
    return Setting(key, Kind.TEXT, default, doc)


def _choice(key: str, default: str | None, choices: str, doc: str) -> Setting:
    return Setting(key, Kind.TEXT, default, doc, choices=tuple(choices.split()))


def _static(setting: Setting) -> Setting:
    return Setting(setting.key, setting.kind, setting.default, setting.doc, static=True)


LANGUAGE = (
    _flag("spark.sql.ansi.enabled", True, "Fail on overflow and bad casts instead of giving NULL."),
    _flag("spark.sql.ansi.enforceReservedKeywords", False, "Reserve the standard's keywords."),
    _flag("spark.sql.ansi.doubleQuotedIdentifiers", False, '"a" is a name, not a text.'),
    _flag("spark.sql.ansi.relationPrecedence", False, "JOIN binds before the comma in FROM."),
    _flag("spark.sql.caseSensitive", False, "Names that differ in case only are different."),
    _flag("spark.sql.groupByOrdinal", True, "GROUP BY 1 means the first column."),
    _flag("spark.sql.orderByOrdinal", True, "ORDER BY 1 means the first column."),
    _flag("spark.sql.groupByAliases", True, "GROUP BY may name an alias of the select list."),
    _flag(
        "spark.sql.retainGroupColumns", True, "`groupBy(..).agg(..)` keeps the grouping columns."
    ),
    _flag("spark.sql.parser.quotedRegexColumnNames", False, "`a.*` is a pattern of column names."),
    _flag("spark.sql.parser.escapedStringLiterals", False, "A backslash in a text is itself."),
    _flag("spark.sql.operatorPipeSyntaxEnabled", True, "Allow `|>`."),
    _flag("spark.sql.parser.singleCharacterPipeOperator.enabled", True, "Allow `|` for `|>`."),
    _flag("spark.sql.runSQLOnFiles", True, "Allow SELECT FROM parquet.`path`."),
    _flag("spark.sql.scripting.enabled", True, "Allow BEGIN ... END scripts."),
    _flag("spark.sql.scripting.continueHandlerEnabled", False, "Allow CONTINUE handlers there."),
    _flag("spark.sql.scripting.cursorEnabled", False, "Allow cursors there."),
    _flag("spark.sql.variable.substitute", True, "Replace ${name} in SQL text."),
    _flag("spark.sql.allowNamedFunctionArguments", True, "Allow `f(name => value)`."),
    _flag("spark.sql.selfJoinAutoResolveAmbiguity", True, "Settle `df.join(df, df.a == df.a)`."),
    _flag("spark.sql.analyzer.failAmbiguousSelfJoin", True, "Refuse ambiguous self joins."),
    _flag(
        "spark.sql.analyzer.strictDataFrameColumnResolution",
        True,
        "A DataFrame's column never falls back to its name.",
    ),
    _flag(
        "spark.sql.lateralColumnAlias.enableImplicitResolution",
        True,
        "A select list may use its own earlier aliases.",
    ),
    _flag(
        "spark.sql.decimalOperations.allowPrecisionLoss",
        True,
        "Reduce the scale of a decimal result that needs more than 38 digits.",
    ),
    _flag("spark.sql.function.concatBinaryAsString", False, "`||` of binaries gives text."),
    _flag(
        "spark.sql.function.protobufExtensions.enabled", False, "Extensions of messages are fields."
    ),
    _flag("spark.sql.chunkBase64String.enabled", True, "base64() makes lines of 76 characters."),
    _flag("spark.sql.function.eltOutputAsString", False, "elt() of binaries gives text."),
    _choice(
        "spark.sql.mapKeyDedupPolicy",
        "EXCEPTION",
        "EXCEPTION LAST_WIN",
        "What building a map does with a repeated key.",
    ),
    _choice(
        "spark.sql.storeAssignmentPolicy",
        "ANSI",
        "ANSI LEGACY STRICT",
        "Which casts INSERT does by itself.",
    ),
    _choice(
        "spark.sql.timestampType",
        "TIMESTAMP_LTZ",
        "TIMESTAMP_NTZ TIMESTAMP_LTZ",
        "What TIMESTAMP means: a moment, or date and time without a zone.",
    ),
    _choice(
        "spark.sql.binaryOutputStyle",
        None,
        "UTF8 BASIC BASE64 HEX HEX_DISCRETE",
        "How show() and casts to text print binaries.",
    ),
    Setting(
        "spark.sql.session.timeZone",
        Kind.ZONE,
        None,
        "The zone moments are shown and read in; the machine's by default.",
    ),
    _flag("spark.sql.timeType.enabled", True, "Allow TIME; in Spark only if asked for."),
    _flag("spark.sql.collation.allowInMapKeys", False, "Allow collated map keys."),
    _flag("spark.sql.collation.objectLevel.enabled", True, "Tables and views take a collation."),
    _flag("spark.sql.collation.schemaLevel.enabled", False, "Databases take a collation."),
    _flag("spark.sql.geospatial.enabled", True, "There are GEOMETRY and GEOGRAPHY."),
    _flag(
        "spark.sql.legacy.allowAutoGeneratedAliasForView",
        False,
        "Views may have columns without a name of their own.",
    ),
    _flag(
        "spark.sql.legacy.parseNullPartitionSpecAsStringLiteral",
        False,
        "NULL in a PARTITION clause is the text 'null'.",
    ),
    _flag(
        "spark.sql.stableDerivedColumnAlias.enabled",
        False,
        "Columns without a name are called as they are written, without blanks.",
    ),
    _flag("spark.sql.charAsVarchar", False, "CHAR in DDL means VARCHAR."),
    _flag("spark.sql.readSideCharPadding", True, "Pad CHAR columns when read."),
    _flag("spark.sql.udt.allowCreatingUDTFromString", True, "Read user-defined types by name."),
    _integer("spark.sql.pivotMaxValues", 10000, "The most values pivot() finds by itself."),
    _integer("spark.sql.transposeMaxValues", 500, "The most rows transpose() takes."),
    _integer("spark.sql.cteRecursionLevelLimit", 100, "The depth of WITH RECURSIVE."),
    _integer("spark.sql.cteRecursionRowLimit", 1000000, "The rows of WITH RECURSIVE."),
    _integer("spark.sql.view.maxNestedViewDepth", 100, "How deep views may nest.", positive=True),
    _flag(
        "spark.sql.variant.allowDuplicateKeys", False, "parse_json keeps the last of equal keys."
    ),
)

LEGACY = (
    _flag(
        "spark.sql.legacy.keepPartitionSpecAsStringLiteral",
        False,
        "Take the values of PARTITION (...) as they are written.",
    ),
    _flag(
        "spark.sql.legacy.skipTypeValidationOnAlterPartition",
        False,
        "Add and drop partitions whose values do not fit their columns.",
    ),
    _choice(
        "spark.sql.legacy.timeParserPolicy",
        "CORRECTED",
        "EXCEPTION LEGACY CORRECTED",
        "Which patterns to_date and its kin understand.",
    ),
    _choice(
        "spark.sql.legacy.ctePrecedencePolicy",
        "CORRECTED",
        "CORRECTED EXCEPTION LEGACY",
        "Which of two nested WITH names wins.",
    ),
    _flag("spark.sql.legacy.sizeOfNull", True, "size(NULL) is -1; only without ANSI."),
    _flag("spark.sql.legacy.bangEqualsNot", False, "! stands for NOT anywhere."),
    _flag("spark.sql.legacy.disableMapKeyNormalization", False, "Maps have keys that are -0.0."),
    _flag("spark.sql.legacy.codingErrorAction", False, "encode() writes ? for what it cannot."),
    _flag("spark.sql.legacy.javaCharsets", False, "encode() knows every character set."),
    _flag(
        "spark.sql.legacy.histogramNumericPropagateInputType",
        True,
        "histogram_numeric keeps the type of its input.",
    ),
    _flag("spark.sql.legacy.setCommandRejectsSparkCoreConfs", True, "SET leaves the core alone."),
    _flag("spark.sql.legacy.useCurrentConfigsForView", False, "Views keep no settings."),
    _flag("spark.sql.legacy.allowHashOnMapType", False, "hash() takes maps."),
    _flag("spark.sql.legacy.allowNegativeScaleOfDecimal", False, "Decimals of negative scale."),
    _flag("spark.sql.legacy.allowNullComparisonResultInArraySort", False, "There null is zero."),
    _flag("spark.sql.legacy.allowParameterlessCount", False, "count() is zero."),
    _flag("spark.sql.legacy.allowZeroIndexInFormatString", False, "%0$s is left to Java."),
    _flag("spark.sql.legacy.identifierClause", False, "IDENTIFIER('x') only as in Spark 4.0."),
    _flag("spark.sql.legacy.inSubqueryNullability", False, "IN (query) has the values' nulls."),
    _choice(
        "spark.sql.legacy.nullInEmptyListBehavior",
        None,
        "TRUE FALSE",
        "NULL is IN no rows: NULL rather than false; without ANSI by default.",
    ),
    _flag("spark.sql.legacy.raiseErrorWithoutErrorClass", False, "raise_error has no condition."),
    _flag(
        "spark.sql.analyzer.preferColumnOverLcaInArrayIndex",
        True,
        "A column comes before an alias to the left inside `a[i]`, as elsewhere.",
    ),
    _flag("spark.sql.crossJoin.enabled", True, "Allow joins without a condition."),
    _flag("spark.sql.fileSource.insert.enforceNotNull", False, "Files keep to NOT NULL."),
    _flag("spark.sql.path.enabled", False, "Allow SET PATH."),
    _flag("spark.sql.legacy.fromDayTimeString.enabled", False, "DAY TO MINUTE cuts seconds."),
    _flag("spark.sql.legacy.allowStarWithSingleTableIdentifierInCount", False, "count(t.*)."),
    _flag("spark.sql.legacy.castComplexTypesToString.enabled", False, "[..] around all casts."),
    _flag("spark.sql.legacy.charVarcharAsString", False, "CHAR and VARCHAR are STRING."),
    _flag("spark.sql.legacy.createEmptyCollectionUsingStringType", False, "array() holds STRING."),
    _flag("spark.sql.legacy.duplicateBetweenInput", False, "BETWEEN computes its input twice."),
    _flag("spark.sql.legacy.exponentLiteralAsDecimal.enabled", False, "1E2 is a decimal."),
    _flag("spark.sql.legacy.followThreeValuedLogicInArrayExists", True, "exists() may be NULL."),
    _flag("spark.sql.legacy.interval.enabled", False, "INTERVAL literals are calendar intervals."),
    _flag("spark.sql.legacy.integerGroupingId", False, "grouping_id() is INT."),
    _flag("spark.sql.legacy.literal.pickMinimumPrecision", True, "1 beside a decimal is (1,0)."),
    _flag("spark.sql.legacy.lpadRpadAlwaysReturnString", False, "lpad of binaries gives text."),
    _flag("spark.sql.legacy.negativeIndexInArrayInsert", False, "array_insert counts from 0 back."),
    _flag("spark.sql.legacy.notReserveProperties", False, "Reserved properties may be set."),
    _flag("spark.sql.legacy.parser.havingWithoutGroupByAsWhere", False, "HAVING is WHERE then."),
    _flag("spark.sql.legacy.pathOptionBehavior.enabled", False, "Option path beside load(path)."),
    _flag("spark.sql.legacy.percentileDiscCalculation", False, "The old percentile_disc."),
    _flag("spark.sql.legacy.setopsPrecedence.enabled", False, "Set operators from left to right."),
    _flag("spark.sql.legacy.statisticalAggregate", False, "NaN where NULL is due."),
    _flag("spark.sql.legacy.truncateForEmptyRegexSplit", False, "split(s, '') drops letters."),
    _flag("spark.sql.legacy.typeCoercion.datetimeToString.enabled", False, "Compare as texts."),
    _flag("spark.sql.legacy.keepCommandOutputSchema", False, "Old column names of SHOW."),
    _flag("spark.sql.legacy.allowEmptySchemaWrite", False, "Write rows without columns."),
    _flag("spark.sql.legacy.json.allowEmptyString.enabled", False, "Read '' as a JSON value."),
    _flag(
        "spark.sql.legacy.nullValueWrittenAsQuotedEmptyStringCsv",
        False,
        'Write NULL to CSV as "".',
    ),
)

FILES = (
    _text("spark.sql.sources.default", "delta", "The format when none is named."),
    _choice(
        "spark.sql.sources.partitionOverwriteMode",
        "STATIC",
        "STATIC DYNAMIC",
        "Whether overwriting drops partitions without new rows.",
    ),
    _flag(
        "spark.sql.sources.partitionColumnTypeInference.enabled",
        True,
        "Read numbers, dates and times off directory names.",
    ),
    _flag(
        "spark.sql.sources.validatePartitionColumns",
        True,
        "Fail when a directory's value does not fit its column.",
    ),
    _integer("spark.sql.sources.binaryFile.maxLength", 2147483647, "The largest binary file."),
    _long("spark.sql.files.maxRecordsPerFile", 0, "The most rows of a written file; 0: any."),
    _text("spark.sql.columnNameOfCorruptRecord", "_corrupt_record", "Where bad records go."),
    _choice(
        "spark.sql.parquet.compression.codec",
        "snappy",
        "BROTLI UNCOMPRESSED LZO SNAPPY LZ4_RAW NONE ZSTD LZ4 GZIP",
        "The codec of written Parquet files.",
    ),
    _flag("spark.sql.parquet.binaryAsString", False, "Read Parquet's plain binaries as text."),
    _flag("spark.sql.parquet.mergeSchema", False, "Merge the schemas of all Parquet files."),
    _flag("spark.sql.parquet.inferTimestampNTZ.enabled", True, "Zoneless Parquet times are NTZ."),
    _flag("spark.sql.parquet.int96AsTimestamp", True, "Read INT96 as a timestamp."),
    _flag("spark.sql.legacy.parquet.nanosAsLong", False, "Read nanosecond times as BIGINT."),
    _choice(
        "spark.sql.parquet.outputTimestampType",
        "INT96",
        "INT96 TIMESTAMP_MICROS TIMESTAMP_MILLIS",
        "How moments are stored in Parquet.",
    ),
    _choice(
        "spark.sql.orc.compression.codec",
        "zstd",
        "UNCOMPRESSED LZ4 LZO SNAPPY ZLIB NONE ZSTD BROTLI",
        "The codec of written ORC files.",
    ),
    _flag("spark.sql.orc.mergeSchema", False, "Merge the schemas of all ORC files."),
    _choice(
        "spark.sql.avro.compression.codec",
        "snappy",
        "UNCOMPRESSED DEFLATE SNAPPY BZIP2 XZ ZSTANDARD",
        "The codec of written Avro files.",
    ),
    _flag("spark.sql.csv.parser.columnPruning.enabled", True, "Parse only the columns asked for."),
    _flag("spark.sql.jsonGenerator.ignoreNullFields", True, "Leave NULL fields out of JSON."),
    _flag("spark.sql.json.enablePartialResults", True, "Keep the good fields of a bad record."),
    _flag("spark.sql.json.enableExactStringParsing", True, "Keep nested JSON text as written."),
    _static(_text("spark.sql.warehouse.dir", "spark-warehouse", "Where managed tables lie.")),
)

CATALOG = (
    _text("spark.sql.defaultCatalog", "spark_catalog", "The catalog of names without one."),
    _text("spark.sql.catalog.spark_catalog", "builtin", "The session's own catalog."),
    _static(
        _text(
            "spark.sql.catalog.spark_catalog.defaultDatabase",
            "default",
            "The schema to begin with.",
        )
    ),
    _static(_text("spark.sql.globalTempDatabase", "global_temp", "Schema of shared views.")),
    _static(_text("spark.sql.catalogImplementation", "in-memory", "Kind of the catalog.")),
    _flag("spark.sql.legacy.allowNonEmptyLocationInCTAS", False, "CTAS into a used place."),
    _flag("spark.sql.legacy.viewSchemaBindingMode", True, "Views know how to follow tables."),
    _flag("spark.sql.legacy.viewSchemaCompensation", True, "Views cast to the types they had."),
    _flag("spark.sql.dropTableOnView.enabled", True, "DROP TABLE drops views too."),
    _integer("spark.sql.sources.bucketing.maxBuckets", 100000, "The most buckets.", positive=True),
    _text("spark.sql.redaction.options.regex", "(?i)url", "Options that are not shown."),
    _flag("spark.sql.legacy.createHiveTableByDefault", False, "CREATE TABLE makes Hive tables."),
    _text(
        "spark.sql.defaultColumn.allowedProviders",
        "csv,json,orc,parquet",
        "Formats of files whose columns may have DEFAULT values.",
    ),
    _flag(
        "spark.sql.defaultColumn.useNullsForMissingDefaultValues",
        True,
        "Columns without DEFAULT that INSERT leaves out are NULL, not refused.",
    ),
    _flag("spark.sql.defaultColumn.enabled", True, "Columns may have DEFAULT values."),
)

CLIENT = (
    _flag("spark.sql.repl.eagerEval.enabled", False, "A DataFrame shows its rows when printed."),
    _integer("spark.sql.repl.eagerEval.maxNumRows", 20, "How many rows it shows."),
    _integer("spark.sql.repl.eagerEval.truncate", 20, "How wide a cell may be."),
    _flag("spark.sql.execution.arrow.pyspark.enabled", True, "toPandas() goes through Arrow."),
    _flag("spark.sql.execution.arrow.enabled", True, "Old name of the above."),
    _flag("spark.sql.execution.arrow.pyspark.fallback.enabled", True, "Else without Arrow."),
    _flag("spark.sql.execution.arrow.fallback.enabled", True, "Old name of the above."),
    _flag("spark.sql.execution.arrow.pyspark.selfDestruct.enabled", False, "Save memory then."),
    _integer("spark.sql.execution.arrow.maxRecordsPerBatch", 10000, "Rows of an Arrow batch."),
    _size("spark.sql.execution.arrow.maxBytesPerBatch", "67108864b", "Bytes of an Arrow batch."),
    _flag("spark.sql.execution.arrow.useLargeVarTypes", False, "64-bit offsets in Arrow texts."),
    _choice(
        "spark.sql.execution.arrow.compression.codec",
        "none",
        "NONE ZSTD LZ4",
        "The codec of Arrow batches.",
    ),
    _choice(
        "spark.sql.execution.pandas.structHandlingMode",
        "legacy",
        "LEGACY ROW DICT",
        "What a struct is in pandas.",
    ),
    _flag("spark.sql.execution.pandas.inferPandasDictAsMap", False, "A dict is a map."),
    _flag("spark.sql.execution.pandas.convertToArrowArraySafely", True, "Fail on overflow."),
    _flag("spark.sql.execution.pyspark.binaryAsBytes", True, "A binary is bytes in Python."),
    _flag("spark.sql.execution.pythonUDF.arrow.enabled", True, "Python functions use Arrow."),
    _flag("spark.sql.execution.pythonUDTF.arrow.enabled", True, "Python table functions too."),
    _flag("spark.sql.pyspark.inferNestedDictAsStruct.enabled", False, "A nested dict is a struct."),
    _flag(
        "spark.sql.pyspark.legacy.inferArrayTypeFromFirstElement.enabled",
        False,
        "The first element decides an array's type.",
    ),
    _flag(
        "spark.sql.pyspark.legacy.inferMapTypeFromFirstPair.enabled",
        False,
        "The first pair decides a map's type.",
    ),
    _flag("spark.sql.pyspark.jvmStacktrace.enabled", False, "Show the server's stack in errors."),
    _integer("spark.sql.pyspark.plotting.max_rows", 1000, "Rows of a plot."),
    _text("spark.sql.pyspark.udf.profiler", None, "Profile Python functions: perf or memory."),
    _long("spark.sql.session.localRelationCacheThreshold", 1048576, "Bytes from which to upload."),
    _long("spark.sql.session.localRelationSizeLimit", 3221225472, "The largest local relation."),
    _integer("spark.sql.session.localRelationChunkSizeRows", 10000, "Rows of a part."),
    _long("spark.sql.session.localRelationChunkSizeBytes", 16777216, "Bytes of a part."),
    _long("spark.sql.session.localRelationBatchOfChunksSizeBytes", 1073741824, "Bytes at a time."),
    _size("spark.sql.session.localRelationChunkSizeLimit", "2097152000b", "The largest part."),
    _flag("spark.connect.session.planCache.enabled", True, "Bind a query once for its questions."),
    _integer("spark.connect.session.planCompression.threshold", 10485760, "Bytes to compress at."),
    _text("spark.connect.session.planCompression.defaultAlgorithm", "ZSTD", "How to compress."),
    _size("spark.connect.session.resultChunking.maxChunkSize", "120795955b", "Bytes of a part."),
    Setting(
        "spark.connect.progress.reportInterval",
        Kind.MILLISECONDS,
        "2000ms",
        "How often progress is told.",
    ),
    _flag("spark.sql.connect.serverStacktrace.enabled", True, "Send stacks with errors."),
    _flag("spark.sql.connect.enrichError.enabled", True, "Send details with errors."),
    _flag("spark.sql.artifact.isolation.enabled", True, "Sessions do not share artifacts."),
)

EXECUTION = (
    _integer(
        "spark.sql.shuffle.partitions",
        200,
        "Partitions after a shuffle; counted, not made.",
        positive=True,
    ),
    _integer("spark.default.parallelism", None, "Partitions of rows that lie in no file."),
    _integer("spark.sql.leafNodeDefaultParallelism", None, "Partitions of range() and files."),
    _size("spark.sql.autoBroadcastJoinThreshold", "10485760b", "Joins need no such hint here."),
    Setting(
        "spark.sql.broadcastTimeout", Kind.SECONDS, "300000ms", "Joins need no such limit here."
    ),
    _flag("spark.sql.adaptive.enabled", True, "Plans always adapt here."),
    _integer("spark.sql.debug.maxToStringFields", 25, "Fields of a printed schema."),
    _text("spark.sql.ui.explainMode", "FORMATTED", "How the UI explains."),
    _text("spark.sql.defaultCacheStorageLevel", "MEMORY_AND_DISK", "Where cache() keeps rows."),
    _static(
        _flag(
            "boathouse.programs.enabled",
            False,
            "SELECT TRANSFORM may run programs on the server's machine. On in an embedded session.",
        )
    ),
    _text("spark.app.name", "boathouse", "The name of the application."),
    _text("spark.master", "local[*]", "Always this machine."),
)

DELTA = (
    _choice(
        "boathouse.delta.profile",
        "RICH",
        "RICH PLAIN",
        "What new managed tables have: all features, or those that every engine knows.",
    ),
    _flag(
        "boathouse.delta.upkeep.enabled",
        True,
        "Write checksums and checkpoints after commits, and remove old log files.",
    ),
    _flag(
        "boathouse.delta.checkpoints.enabled",
        True,
        "Write checkpoints after commits, as often as a table's delta.checkpointInterval says.",
    ),
    _flag(
        "spark.databricks.delta.retentionDurationCheck.enabled",
        True,
        "VACUUM refuses to take files that were needed within the table's retention.",
    ),
    _flag(
        "spark.databricks.delta.optimize.zorder.checkStatsCollection.enabled",
        True,
        "OPTIMIZE ... ZORDER BY refuses columns of which files keep no statistics.",
    ),
    _flag(
        "spark.databricks.delta.schema.autoMerge.enabled",
        False,
        "Writes to Delta tables add the columns that are missing there.",
    ),
    _choice(
        "spark.databricks.delta.autoCompact.enabled",
        None,
        "TRUE AUTO FALSE",
        "Whether writes put small files of Delta tables together when they are too many: true, auto"
        " or false, whatever the tables say (delta.autoOptimize.autoCompact).",
    ),
    _long(
        "spark.databricks.delta.autoCompact.minNumFiles",
        50,
        "From how many small files of a partition on auto compaction puts them together.",
    ),
    _size(
        "spark.databricks.delta.autoCompact.maxFileSize",
        "128MB",
        "About how large the files are that auto compaction writes, in bytes.",
    ),
    _size(
        "spark.databricks.delta.autoCompact.minFileSize",
        "0b",
        "Which files auto compaction takes for small, in bytes; 0: half of maxFileSize.",
    ),
    _text(
        "spark.databricks.delta.commitInfo.userMetadata",
        None,
        "Text to keep with every commit to a Delta table.",
    ),
    _flag(
        "spark.databricks.delta.allowArbitraryProperties.enabled",
        False,
        "Delta tables take properties `delta.*` that nobody knows.",
    ),
)

TABLE: tuple[Setting, ...] = (
    *LANGUAGE,
    *LEGACY,
    *FILES,
    *CATALOG,
    *CLIENT,
    *EXECUTION,
    *DELTA,
)
