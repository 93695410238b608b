"""Floor 6: figures with an alternative text and a data table."""
