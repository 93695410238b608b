"""The commands of the course: open it, run one lesson, run all of them, run one attack."""
