"""Golden sets: cases of what people say, a house written down in a file, and how many of them come out as expected."""
