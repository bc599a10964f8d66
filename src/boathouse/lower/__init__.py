"""Plan -> duck tree. Every column is named ``c<id>``, so no name can mean two things."""
