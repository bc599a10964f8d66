"""Plan -> plan, the answer unchanged: `passes` is the pipeline, one file per pass."""
