"""What Spark has and Boathouse has not built yet, by group. A name that another file has built is
passed over, so nothing here needs to be taken out.
"""

from __future__ import annotations

from boathouse.functions.registry import Group

Group("misc_funcs").missing(
    "java_method", "reflect", "try_reflect", because="it calls Java, and there is no JVM"
)
