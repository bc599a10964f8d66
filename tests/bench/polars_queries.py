"""The 22 questions of TPC-H in Polars' own words, with the validation parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import polars as pl  # pyright: ignore[reportMissingImports]
from polars import col, lit  # pyright: ignore[reportMissingImports]

Tables = Mapping[str, Any]

REVENUE = col("l_extendedprice") * (1 - col("l_discount"))


def between(name: str, start: date, end: date) -> Any:
    """From `start` up to, not including, `end`."""
    return (col(name) >= start) & (col(name) < end)


def q1(t: Tables) -> Any:
    """Pricing summary."""
    return (
        t["lineitem"]
        .filter(col("l_shipdate") <= date(1998, 9, 2))
        .group_by("l_returnflag", "l_linestatus")
        .agg(
            sum_qty=col("l_quantity").sum(),
            sum_base_price=col("l_extendedprice").sum(),
            sum_disc_price=REVENUE.sum(),
            sum_charge=(REVENUE * (1 + col("l_tax"))).sum(),
            avg_qty=col("l_quantity").mean(),
            avg_price=col("l_extendedprice").mean(),
            avg_disc=col("l_discount").mean(),
            count_order=pl.len(),
        )
        .sort("l_returnflag", "l_linestatus")
    )


def _in_region(t: Tables, region: str) -> Any:
    chosen = t["region"].filter(col("r_name") == region)
    return t["nation"].join(chosen, left_on="n_regionkey", right_on="r_regionkey")


def q2(t: Tables) -> Any:
    """Minimum cost supplier."""
    offers = (
        t["part"]
        .filter((col("p_size") == 15) & col("p_type").str.ends_with("BRASS"))
        .join(t["partsupp"], left_on="p_partkey", right_on="ps_partkey")
        .join(t["supplier"], left_on="ps_suppkey", right_on="s_suppkey")
        .join(_in_region(t, "EUROPE"), left_on="s_nationkey", right_on="n_nationkey")
    )
    lowest = offers.group_by("p_partkey").agg(col("ps_supplycost").min())
    return (
        offers.join(lowest, on=["p_partkey", "ps_supplycost"])
        .select(
            *["s_acctbal", "s_name", "n_name", "p_partkey"],
            *["p_mfgr", "s_address", "s_phone", "s_comment"],
        )
        .sort(
            ["s_acctbal", "n_name", "s_name", "p_partkey"],
            descending=[True, False, False, False],
        )
        .head(100)
    )


def q3(t: Tables) -> Any:
    """Shipping priority."""
    day = date(1995, 3, 15)
    return (
        t["customer"]
        .filter(col("c_mktsegment") == "BUILDING")
        .join(
            t["orders"].filter(col("o_orderdate") < day), left_on="c_custkey", right_on="o_custkey"
        )
        .join(
            t["lineitem"].filter(col("l_shipdate") > day),
            left_on="o_orderkey",
            right_on="l_orderkey",
        )
        .group_by("o_orderkey", "o_orderdate", "o_shippriority")
        .agg(revenue=REVENUE.sum())
        .select("o_orderkey", "revenue", "o_orderdate", "o_shippriority")
        .sort(["revenue", "o_orderdate"], descending=[True, False])
        .head(10)
    )


def q4(t: Tables) -> Any:
    """Order priority checking."""
    late = t["lineitem"].filter(col("l_commitdate") < col("l_receiptdate"))
    return (
        t["orders"]
        .filter(between("o_orderdate", date(1993, 7, 1), date(1993, 10, 1)))
        .join(late, left_on="o_orderkey", right_on="l_orderkey", how="semi")
        .group_by("o_orderpriority")
        .agg(order_count=pl.len())
        .sort("o_orderpriority")
    )


def q5(t: Tables) -> Any:
    """Local supplier volume."""
    year = between("o_orderdate", date(1994, 1, 1), date(1995, 1, 1))
    return (
        _in_region(t, "ASIA")
        .join(t["customer"], left_on="n_nationkey", right_on="c_nationkey")
        .join(t["orders"].filter(year), left_on="c_custkey", right_on="o_custkey")
        .join(t["lineitem"], left_on="o_orderkey", right_on="l_orderkey")
        .join(
            t["supplier"],
            left_on=["l_suppkey", "n_nationkey"],
            right_on=["s_suppkey", "s_nationkey"],
        )
        .group_by("n_name")
        .agg(revenue=REVENUE.sum())
        .sort("revenue", descending=True)
    )


def q6(t: Tables) -> Any:
    """Forecasting revenue change."""
    chosen = (
        between("l_shipdate", date(1994, 1, 1), date(1995, 1, 1))
        & col("l_discount").cast(pl.Float64).is_between(0.05 - 1e-9, 0.07 + 1e-9)
        & (col("l_quantity") < 24)
    )
    revenue = (col("l_extendedprice") * col("l_discount")).sum()
    return t["lineitem"].filter(chosen).select(revenue=revenue)


def q7(t: Tables) -> Any:
    """Volume shipping."""
    nations = t["nation"].filter(col("n_name").is_in(["FRANCE", "GERMANY"]))
    return (
        t["lineitem"]
        .filter(col("l_shipdate").is_between(date(1995, 1, 1), date(1996, 12, 31)))
        .join(t["supplier"], left_on="l_suppkey", right_on="s_suppkey")
        .join(nations, left_on="s_nationkey", right_on="n_nationkey")
        .rename({"n_name": "supp_nation"})
        .join(t["orders"], left_on="l_orderkey", right_on="o_orderkey")
        .join(t["customer"], left_on="o_custkey", right_on="c_custkey")
        .join(nations, left_on="c_nationkey", right_on="n_nationkey")
        .filter(col("supp_nation") != col("n_name"))
        .group_by("supp_nation", col("n_name").alias("cust_nation"), l_year=_year("l_shipdate"))
        .agg(revenue=REVENUE.sum())
        .sort("supp_nation", "cust_nation", "l_year")
    )


def _year(name: str) -> Any:
    return col(name).dt.year().cast(pl.Int64)


def q8(t: Tables) -> Any:
    """National market share."""
    brazil = pl.when(col("n_name_supplier") == "BRAZIL").then(col("volume")).otherwise(lit(0))
    dates = col("o_orderdate").is_between(date(1995, 1, 1), date(1996, 12, 31))
    return (
        t["part"]
        .filter(col("p_type") == "ECONOMY ANODIZED STEEL")
        .join(t["lineitem"], left_on="p_partkey", right_on="l_partkey")
        .join(t["orders"].filter(dates), left_on="l_orderkey", right_on="o_orderkey")
        .join(t["customer"], left_on="o_custkey", right_on="c_custkey")
        .join(_in_region(t, "AMERICA"), left_on="c_nationkey", right_on="n_nationkey")
        .join(t["supplier"], left_on="l_suppkey", right_on="s_suppkey")
        .join(t["nation"], left_on="s_nationkey", right_on="n_nationkey", suffix="_supplier")
        .with_columns(volume=REVENUE.cast(pl.Float64), o_year=_year("o_orderdate"))
        .group_by("o_year")
        .agg(mkt_share=brazil.sum() / col("volume").sum())
        .sort("o_year")
    )


def q9(t: Tables) -> Any:
    """Product type profit measure."""
    amount = REVENUE - col("ps_supplycost") * col("l_quantity")
    return (
        t["part"]
        .filter(col("p_name").str.contains("green", literal=True))
        .join(t["lineitem"], left_on="p_partkey", right_on="l_partkey")
        .join(
            t["partsupp"],
            left_on=["p_partkey", "l_suppkey"],
            right_on=["ps_partkey", "ps_suppkey"],
        )
        .join(t["supplier"], left_on="l_suppkey", right_on="s_suppkey")
        .join(t["orders"], left_on="l_orderkey", right_on="o_orderkey")
        .join(t["nation"], left_on="s_nationkey", right_on="n_nationkey")
        .group_by(col("n_name").alias("nation"), o_year=_year("o_orderdate"))
        .agg(sum_profit=amount.sum())
        .sort(["nation", "o_year"], descending=[False, True])
    )


def q10(t: Tables) -> Any:
    """Returned item reporting."""
    quarter = between("o_orderdate", date(1993, 10, 1), date(1994, 1, 1))
    customer = ["c_custkey", "c_name", "c_acctbal", "c_phone", "n_name", "c_address", "c_comment"]
    return (
        t["orders"]
        .filter(quarter)
        .join(
            t["lineitem"].filter(col("l_returnflag") == "R"),
            left_on="o_orderkey",
            right_on="l_orderkey",
        )
        .group_by("o_custkey")
        .agg(revenue=REVENUE.sum())
        .join(t["customer"], left_on="o_custkey", right_on="c_custkey")
        .join(t["nation"], left_on="c_nationkey", right_on="n_nationkey")
        .rename({"o_custkey": "c_custkey"})
        .select("c_custkey", "c_name", "revenue", *customer[2:])
        .sort("revenue", descending=True)
        .head(20)
    )


def q11(t: Tables) -> Any:
    """Important stock identification."""
    stock = (
        t["nation"]
        .filter(col("n_name") == "GERMANY")
        .join(t["supplier"], left_on="n_nationkey", right_on="s_nationkey")
        .join(t["partsupp"], left_on="s_suppkey", right_on="ps_suppkey")
        .with_columns(value=(col("ps_supplycost") * col("ps_availqty")).cast(pl.Float64))
    )
    limit = stock.select(limit=col("value").sum() * 0.0001)
    return (
        stock.group_by("ps_partkey")
        .agg(value=col("value").sum())
        .join(limit, how="cross")
        .filter(col("value") > col("limit"))
        .select("ps_partkey", "value")
        .sort("value", descending=True)
    )


def q12(t: Tables) -> Any:
    """Shipping modes and order priority."""
    high = col("o_orderpriority").is_in(["1-URGENT", "2-HIGH"])
    chosen = (
        col("l_shipmode").is_in(["MAIL", "SHIP"])
        & (col("l_commitdate") < col("l_receiptdate"))
        & (col("l_shipdate") < col("l_commitdate"))
        & between("l_receiptdate", date(1994, 1, 1), date(1995, 1, 1))
    )
    return (
        t["lineitem"]
        .filter(chosen)
        .join(t["orders"], left_on="l_orderkey", right_on="o_orderkey")
        .group_by("l_shipmode")
        .agg(
            high_line_count=high.sum().cast(pl.Int64),
            low_line_count=(~high).sum().cast(pl.Int64),
        )
        .sort("l_shipmode")
    )


def q13(t: Tables) -> Any:
    """Customer distribution."""
    ordinary = t["orders"].filter(~col("o_comment").str.contains("special.*requests"))
    return (
        t["customer"]
        .join(ordinary, left_on="c_custkey", right_on="o_custkey", how="left")
        .group_by("c_custkey")
        .agg(c_count=col("o_orderkey").count())
        .group_by("c_count")
        .agg(custdist=pl.len())
        .sort("custdist", "c_count", descending=True)
    )


def q14(t: Tables) -> Any:
    """Promotion effect."""
    revenue = REVENUE.cast(pl.Float64)
    promoted = pl.when(col("p_type").str.starts_with("PROMO")).then(revenue).otherwise(lit(0.0))
    return (
        t["lineitem"]
        .filter(between("l_shipdate", date(1995, 9, 1), date(1995, 10, 1)))
        .join(t["part"], left_on="l_partkey", right_on="p_partkey")
        .select(promo_revenue=100 * promoted.sum() / revenue.sum())
    )


def q15(t: Tables) -> Any:
    """Top supplier."""
    revenue = (
        t["lineitem"]
        .filter(between("l_shipdate", date(1996, 1, 1), date(1996, 4, 1)))
        .group_by("l_suppkey")
        .agg(total_revenue=REVENUE.sum())
    )
    best = revenue.select(col("total_revenue").max())
    return (
        revenue.join(best, on="total_revenue", how="semi")
        .join(t["supplier"], left_on="l_suppkey", right_on="s_suppkey")
        .select(
            col("l_suppkey").alias("s_suppkey"), "s_name", "s_address", "s_phone", "total_revenue"
        )
        .sort("s_suppkey")
    )


def q16(t: Tables) -> Any:
    """Parts and supplier relationship."""
    complained = t["supplier"].filter(col("s_comment").str.contains("Customer.*Complaints"))
    sizes = [49, 14, 23, 45, 19, 3, 36, 9]
    chosen = (
        (col("p_brand") != "Brand#45")
        & ~col("p_type").str.starts_with("MEDIUM POLISHED")
        & col("p_size").is_in(sizes)
    )
    return (
        t["part"]
        .filter(chosen)
        .join(t["partsupp"], left_on="p_partkey", right_on="ps_partkey")
        .join(complained, left_on="ps_suppkey", right_on="s_suppkey", how="anti")
        .group_by("p_brand", "p_type", "p_size")
        .agg(supplier_cnt=col("ps_suppkey").n_unique())
        .sort(
            ["supplier_cnt", "p_brand", "p_type", "p_size"],
            descending=[True, False, False, False],
        )
    )


def q17(t: Tables) -> Any:
    """Small-quantity-order revenue."""
    lines = (
        t["part"]
        .filter((col("p_brand") == "Brand#23") & (col("p_container") == "MED BOX"))
        .join(t["lineitem"], left_on="p_partkey", right_on="l_partkey")
        .with_columns(quantity=col("l_quantity").cast(pl.Float64))
    )
    average = lines.group_by("p_partkey").agg(small=0.2 * col("quantity").mean())
    return (
        lines.join(average, on="p_partkey")
        .filter(col("quantity") < col("small"))
        .select(avg_yearly=col("l_extendedprice").cast(pl.Float64).sum() / 7.0)
    )


def q18(t: Tables) -> Any:
    """Large volume customer."""
    large = (
        t["lineitem"]
        .group_by("l_orderkey")
        .agg(col("l_quantity").sum())
        .filter(col("l_quantity") > 300)
    )
    return (
        large.join(t["orders"], left_on="l_orderkey", right_on="o_orderkey")
        .join(t["customer"], left_on="o_custkey", right_on="c_custkey")
        .select(
            "c_name",
            col("o_custkey").alias("c_custkey"),
            col("l_orderkey").alias("o_orderkey"),
            "o_orderdate",
            "o_totalprice",
            "l_quantity",
        )
        .sort(["o_totalprice", "o_orderdate"], descending=[True, False])
        .head(100)
    )


def _boxes(brand: str, size: str, kinds: list[str], quantity: int, largest: int) -> Any:
    return (
        (col("p_brand") == brand)
        & col("p_container").is_in([f"{size} {kind}" for kind in kinds])
        & col("l_quantity").is_between(quantity, quantity + 10)
        & col("p_size").is_between(1, largest)
    )


def q19(t: Tables) -> Any:
    """Discounted revenue."""
    chosen = (
        _boxes("Brand#12", "SM", ["CASE", "BOX", "PACK", "PKG"], 1, 5)
        | _boxes("Brand#23", "MED", ["BAG", "BOX", "PKG", "PACK"], 10, 10)
        | _boxes("Brand#34", "LG", ["CASE", "BOX", "PACK", "PKG"], 20, 15)
    )
    by_air = col("l_shipmode").is_in(["AIR", "AIR REG"])
    return (
        t["lineitem"]
        .filter(by_air & (col("l_shipinstruct") == "DELIVER IN PERSON"))
        .join(t["part"], left_on="l_partkey", right_on="p_partkey")
        .filter(chosen)
        .select(revenue=REVENUE.sum())
    )


def q20(t: Tables) -> Any:
    """Potential part promotion."""
    keys = ["l_partkey", "l_suppkey"]
    shipped = (
        t["lineitem"]
        .filter(between("l_shipdate", date(1994, 1, 1), date(1995, 1, 1)))
        .group_by(keys)
        .agg(half=0.5 * col("l_quantity").cast(pl.Float64).sum())
    )
    forest = t["part"].filter(col("p_name").str.starts_with("forest"))
    stock = (
        t["partsupp"]
        .join(forest, left_on="ps_partkey", right_on="p_partkey", how="semi")
        .join(shipped, left_on=["ps_partkey", "ps_suppkey"], right_on=keys)
        .filter(col("ps_availqty") > col("half"))
    )
    canada = t["nation"].filter(col("n_name") == "CANADA")
    return (
        t["supplier"]
        .join(canada, left_on="s_nationkey", right_on="n_nationkey", how="semi")
        .join(stock, left_on="s_suppkey", right_on="ps_suppkey", how="semi")
        .select("s_name", "s_address")
        .sort("s_name")
    )


def q21(t: Tables) -> Any:
    """Suppliers who kept orders waiting."""
    late = t["lineitem"].filter(col("l_receiptdate") > col("l_commitdate"))
    suppliers = col("l_suppkey").n_unique()
    shared = t["lineitem"].group_by("l_orderkey").agg(all=suppliers).filter(col("all") > 1)
    alone = late.group_by("l_orderkey").agg(late=suppliers).filter(col("late") == 1)
    saudi = t["nation"].filter(col("n_name") == "SAUDI ARABIA")
    return (
        late.join(t["supplier"], left_on="l_suppkey", right_on="s_suppkey")
        .join(saudi, left_on="s_nationkey", right_on="n_nationkey", how="semi")
        .join(
            t["orders"].filter(col("o_orderstatus") == "F"),
            left_on="l_orderkey",
            right_on="o_orderkey",
            how="semi",
        )
        .join(shared, on="l_orderkey", how="semi")
        .join(alone, on="l_orderkey", how="semi")
        .group_by("s_name")
        .agg(numwait=pl.len())
        .sort(["numwait", "s_name"], descending=[True, False])
        .head(100)
    )


def q22(t: Tables) -> Any:
    """Global sales opportunity."""
    codes = ["13", "31", "23", "29", "30", "18", "17"]
    balance = col("c_acctbal").cast(pl.Float64)
    customers = (
        t["customer"]
        .with_columns(cntrycode=col("c_phone").str.slice(0, 2), balance=balance)
        .filter(col("cntrycode").is_in(codes))
    )
    average = customers.filter(col("balance") > 0).select(average=col("balance").mean())
    return (
        customers.join(average, how="cross")
        .filter(col("balance") > col("average"))
        .join(t["orders"], left_on="c_custkey", right_on="o_custkey", how="anti")
        .group_by("cntrycode")
        .agg(numcust=pl.len(), totacctbal=col("balance").sum())
        .sort("cntrycode")
    )


_ALL = (q1, q2, q3, q4, q5, q6, q7, q8, q9, q10, q11)
_REST = (q12, q13, q14, q15, q16, q17, q18, q19, q20, q21, q22)
QUERIES: Mapping[int, Callable[[Tables], Any]] = dict(enumerate((*_ALL, *_REST), start=1))
