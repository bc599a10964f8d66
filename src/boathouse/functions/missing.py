"""What Spark has and Boathouse has not built yet, by group. A name that another file has built is
passed over, so nothing here needs to be taken out.
"""

from __future__ import annotations

from boathouse.functions.registry import Group
from boathouse.functions.signature import Kind

_NUMBERS = ("bigint", "double", "float")
_SUMMARIES = ("double", "integer")

Group("agg_funcs").missing(
    "approx_top_k_accumulate",
    "approx_top_k_combine",
    "count_min_sketch",
    "grouping",
    "grouping_id",
    "histogram_numeric",
    "hll_sketch_agg",
    "hll_union_agg",
    *(f"kll_merge_agg_{number}" for number in _NUMBERS),
    *(f"kll_sketch_agg_{number}" for number in _NUMBERS),
    "measure",
    "schema_of_variant_agg",
    "theta_intersection_agg",
    "theta_sketch_agg",
    "theta_union_agg",
    *(f"tuple_intersection_agg_{summary}" for summary in _SUMMARIES),
    *(f"tuple_sketch_agg_{summary}" for summary in _SUMMARIES),
    *(f"tuple_union_agg_{summary}" for summary in _SUMMARIES),
    kind=Kind.AGGREGATE,
)
Group("misc_funcs").missing(
    "aes_decrypt",
    "aes_encrypt",
    "approx_top_k_estimate",
    "current_path",
    "from_avro",
    "from_protobuf",
    "hll_sketch_estimate",
    "hll_union",
    "java_method",
    *(f"kll_sketch_get_n_{number}" for number in _NUMBERS),
    *(f"kll_sketch_get_quantile_{number}" for number in _NUMBERS),
    *(f"kll_sketch_get_rank_{number}" for number in _NUMBERS),
    *(f"kll_sketch_merge_{number}" for number in _NUMBERS),
    *(f"kll_sketch_to_string_{number}" for number in _NUMBERS),
    "reflect",
    "schema_of_avro",
    "theta_difference",
    "theta_intersection",
    "theta_sketch_estimate",
    "theta_union",
    "to_avro",
    "to_protobuf",
    "try_aes_decrypt",
    "try_reflect",
    *(f"tuple_difference_{summary}" for summary in _SUMMARIES),
    *(f"tuple_difference_theta_{summary}" for summary in _SUMMARIES),
    *(f"tuple_intersection_{summary}" for summary in _SUMMARIES),
    *(f"tuple_intersection_theta_{summary}" for summary in _SUMMARIES),
    *(f"tuple_sketch_estimate_{summary}" for summary in _SUMMARIES),
    *(f"tuple_sketch_summary_{summary}" for summary in _SUMMARIES),
    *(f"tuple_sketch_theta_{summary}" for summary in _SUMMARIES),
    *(f"tuple_union_{summary}" for summary in _SUMMARIES),
    *(f"tuple_union_theta_{summary}" for summary in _SUMMARIES),
)
Group("conditional_funcs").missing("case")
Group("conversion_funcs").missing("cast")
Group("csv_funcs").missing("from_csv", "schema_of_csv", "to_csv")
Group("datetime_funcs").missing(
    "current_time",
    "make_time",
    "time_bucket",
    "time_diff",
    "time_from_micros",
    "time_from_millis",
    "time_from_seconds",
    "time_to_micros",
    "time_to_millis",
    "time_to_seconds",
    "time_trunc",
    "to_time",
    "try_to_time",
    "window",
    "window_time",
)
Group("hash_funcs").missing("hash", "xxhash64")
Group("json_funcs").missing(
    "from_json",
    "get_json_object",
    "json_array_length",
    "json_object_keys",
    "schema_of_json",
    "to_json",
)
Group("st_funcs").missing(
    "st_asbinary", "st_geogfromwkb", "st_geomfromwkb", "st_setsrid", "st_srid"
)
Group("string_funcs").missing("to_char", "to_number", "to_varchar", "try_to_number", "||")
Group("variant_funcs").missing(
    "is_valid_variant",
    "is_variant_null",
    "parse_json",
    "schema_of_variant",
    "to_variant_object",
    "try_parse_json",
    "try_variant_get",
    "variant_get",
)
Group("xml_funcs").missing(
    "from_xml",
    "schema_of_xml",
    "to_xml",
    "xpath",
    "xpath_boolean",
    "xpath_double",
    "xpath_float",
    "xpath_int",
    "xpath_long",
    "xpath_number",
    "xpath_short",
    "xpath_string",
)
Group("generator_funcs").missing(
    "json_tuple", "variant_explode", "variant_explode_outer", kind=Kind.GENERATOR
)
Group("table_funcs").missing("collations", "python_worker_logs", "sql_keywords", kind=Kind.TABLE)
