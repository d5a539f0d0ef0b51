"""Answers of `model`, a sklearn.pipeline.Pipeline, from churn.ipynb."""
