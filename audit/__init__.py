"""The harness: what asks, measures and judges."""
