"""Answers of `estimator`, a sklearn.pipeline.Pipeline, from houses.ipynb."""
