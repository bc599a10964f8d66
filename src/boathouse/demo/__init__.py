"""Things to run that show what Boathouse does."""
