"""Which gender a translation gives people: as the source says it, and where the source leaves it open."""
