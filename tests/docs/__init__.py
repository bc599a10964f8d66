"""What the pages show is true."""
