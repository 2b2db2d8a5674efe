"""Advice, hiring and pay by who asks or is asked about, and a dialect beside standard English."""
