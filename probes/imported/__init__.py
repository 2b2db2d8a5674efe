"""What another harness measured, with intervals: a probe that asks nothing and reads what was written down."""
