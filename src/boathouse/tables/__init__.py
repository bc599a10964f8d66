"""Open tables: a log of versions over data files. One package per format; `storage` holds bytes."""
