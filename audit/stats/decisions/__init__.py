"""Estimators of decisions and scores by group: calibration, distance of ROC curves, inequality of benefits."""
