"""What laws and frameworks ask for, beside what a run and its facts hold. It says what is there, and no more."""

from fairwitness.reports.law.rows import LawRow, LawTable, bearing, law

__all__ = ["LawRow", "LawTable", "bearing", "law"]
