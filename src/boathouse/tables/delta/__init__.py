"""Delta Lake: the log, snapshots, scans and commits."""
