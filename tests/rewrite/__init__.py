"""Before and after, a file for each pass; `make bless` rewrites both."""
