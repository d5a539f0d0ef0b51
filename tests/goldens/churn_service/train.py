# ruff: noqa: E402
"""Makes the learned value `model` of churn.ipynb anew, by the notebook's own statements.

`python train.py --help` lists its options. Relative paths are read from the current folder, so
run it where the notebook's data are. The values go to `trained` beside this file, with their
metrics; to put them into the service, name its folder `churn/values` with `--values`.
"""

from churn import training as _training

_parser = _training.parser(__doc__)
_parser.add_argument("--data-file", default="churn.csv", help="str")
_parser.add_argument(
    "--test-share",
    type=float,
    default=0.25,
    help="share of the customers held back for the evaluation",
)
_parser.add_argument(
    "--regularization",
    type=float,
    default=1.0,
    help="smaller is stronger, as in LogisticRegression(C=...)",
)
_parser.add_argument(
    "--balanced",
    action=_training.BooleanOptionalAction,
    default=False,
    help="weigh leavers up, as they are the minority",
)
_parser.add_argument("--seed", type=int, default=7, help="int")
# before the slow imports, so that --help and a wrong option are answered at once
_options = _training.read(_parser, __file__)

import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

_training.step(1, 4, "cell 3: data_file, test_share, regularization, balanced, seed")
data_file = _options.data_file
test_share = _options.test_share
regularization = _options.regularization
balanced = _options.balanced
seed = _options.seed

_training.step(2, 4, "cell 5: customers, target, features")
customers = pd.read_csv(data_file)

# The answer is a word in the file; the metrics below want 0 and 1.
target = (customers["churned"] == "yes").astype(int)
features = customers.drop(columns="churned")

_training.step(3, 4, "cell 8: X_train, X_test, y_train, y_test")
X_train, X_test, y_train, y_test = train_test_split(
    features, target, test_size=test_share, stratify=target, random_state=seed
)

_training.step(4, 4, "cell 10: numeric, categorical, model")
numeric = ["tenure", "monthly_charge", "support_calls"]
categorical = ["plan", "contract", "region"]

model = Pipeline(
    [
        (
            "prepare",
            ColumnTransformer(
                [
                    (
                        "numbers",
                        Pipeline(
                            [
                                ("fill", SimpleImputer(strategy="median")),
                                ("scale", StandardScaler()),
                            ]
                        ),
                        numeric,
                    ),
                    ("words", OneHotEncoder(handle_unknown="ignore"), categorical),
                    ("autopay", "passthrough", ["autopay"]),
                ]
            ),
        ),
        (
            "classify",
            LogisticRegression(
                C=regularization, class_weight="balanced" if balanced else None, max_iter=500
            ),
        ),
    ]
)
model.fit(X_train, y_train)

_training.save(_options, globals(), "churn.notebook", values=["model"], metrics=[])
