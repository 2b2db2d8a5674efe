"""What several probes need; it knows no probe."""
