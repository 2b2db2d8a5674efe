"""What it takes to change an unfavourable decision, and whether it takes more of some groups than of others."""
