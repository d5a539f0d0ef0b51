# ruff: noqa: E402
"""Makes the learned values `estimator`, `MEDIAN_BY_DISTRICT`, `MEDIAN_OVERALL` of houses.ipynb
anew, by the notebook's own statements.

`python train.py --help` lists its options. Relative paths are read from the current folder, so
run it where the notebook's data are. The values go to `trained` beside this file, with their
metrics; to put them into the service, name its folder `houses/values` with `--values`.
"""

from houses import training as _training

_parser = _training.parser(__doc__)
# before the slow imports, so that --help and a wrong option are answered at once
_options = _training.read(_parser, __file__)

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import make_column_transformer
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder
from sklearn.utils.validation import check_is_fitted

_training.step(1, 7, "cell 3: SEED, REFERENCE_YEAR, CONDITION_ORDER")
SEED = 11
REFERENCE_YEAR = 2024  # the year of the survey; ages count from here
CONDITION_ORDER = {"needs work": 0, "good": 1, "renovated": 2}

_training.step(2, 7, "cell 4: houses")
houses = pd.read_csv("houses.csv")

_training.step(3, 7, "cell 5: train, test")
train, test = train_test_split(houses, test_size=0.25, random_state=SEED)

_training.step(4, 7, "cell 7: PRICE_PER_AREA, MEDIAN_BY_DISTRICT, MEDIAN_OVERALL")
PRICE_PER_AREA = train["price"] / train["area"]

# Medians, because a handful of areas were typed without their decimal point.
MEDIAN_BY_DISTRICT = PRICE_PER_AREA.groupby(train["district"]).median().round(1).to_dict()
MEDIAN_OVERALL = float(PRICE_PER_AREA.median())

_training.step(5, 7, "cell 8: age_of, local_price, add_features")


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


_training.step(6, 7, "cell 9: within, OutlierClipper")


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


_training.step(7, 7, "cell 11: FEATURES, estimator")
FEATURES = ["district", "area", "rooms", "year_built", "condition", "garden", "centre_km"]

estimator = make_pipeline(
    OutlierClipper(columns=("area", "centre_km")),
    FunctionTransformer(add_features),
    make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["district"]),
        remainder="passthrough",
    ),
    GradientBoostingRegressor(n_estimators=120, max_depth=3, learning_rate=0.08, random_state=SEED),
)
estimator.fit(train[FEATURES], train["price"])

_training.save(
    _options,
    globals(),
    "houses.notebook",
    values=["estimator", "MEDIAN_BY_DISTRICT", "MEDIAN_OVERALL"],
    metrics=[],
)
