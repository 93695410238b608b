"""Chain files from seeds: subscriptions, balances, failing channels and targets, judged by every checker."""
