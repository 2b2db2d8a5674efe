"""The probe of a claim of differential privacy: accounted again, and held against what canaries show."""
