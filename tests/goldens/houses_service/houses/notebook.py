"""What houses.ipynb defines and its service needs, with the notebook's own comments."""

from pathlib import Path

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from .loading import load

VALUES = Path(__file__).parent / "values"


REFERENCE_YEAR = 2024  # the year of the survey; ages count from here
CONDITION_ORDER = {"needs work": 0, "good": 1, "renovated": 2}

MEDIAN_BY_DISTRICT = load(VALUES, "MEDIAN_BY_DISTRICT")
MEDIAN_OVERALL = load(VALUES, "MEDIAN_OVERALL")


def age_of(year_built):
    """Years from the building of a house to the survey; unfinished houses count as new."""
    return np.maximum(REFERENCE_YEAR - year_built, 0)


def local_price(district):
    """The usual price of a square metre in a district; of the whole town for an unknown one."""
    return MEDIAN_BY_DISTRICT.get(district, MEDIAN_OVERALL)


def add_features(frame):
    """The facts of an offer with what agents derive from them in their heads."""
    frame = frame.copy()
    frame["age"] = age_of(frame["year_built"])
    frame["condition"] = frame["condition"].map(CONDITION_ORDER)
    frame["local_price"] = frame["district"].map(local_price)
    # The product is what a valuer would start from.
    frame["area_value"] = frame["area"] * frame["local_price"]
    return frame.drop(columns="year_built")


def within(values, low, high):
    """Values pulled back to the nearer end where they lie outside."""
    return values.clip(lower=low, upper=high)


class OutlierClipper(TransformerMixin, BaseEstimator):
    """Limits chosen columns to the range between two quantiles of the training data.

    A typing error of one house (an area of 1,020 square metres instead of 102.0) must neither bend
    the model nor give an absurd estimate.
    """

    def __init__(self, columns=("area",), share=0.01):
        self.columns = columns
        self.share = share

    def fit(self, X, y=None):
        # scikit-learn's convention, by which the pipeline can say which columns it expects.
        self.feature_names_in_ = np.asarray(X.columns, dtype=object)
        # One pair of limits for each column, learned once and kept for prediction.
        self.low_ = {column: X[column].quantile(self.share) for column in self.columns}
        self.high_ = {column: X[column].quantile(1 - self.share) for column in self.columns}
        return self

    def transform(self, X):
        check_is_fitted(self)
        X = X.copy()
        for column in self.columns:
            X[column] = within(X[column], self.low_[column], self.high_[column])
        return X
