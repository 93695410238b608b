"""Floor 7: live views for the notebook (anywidget)."""
