# ruff: noqa: E402
"""Makes the learned values `hours_model`, `risk_limit`, `risk_model`, `WORD_HOURS` of quotes.ipynb
anew, by the notebook's own statements.

`python train.py --help` lists its options. Relative paths are read from the current folder, so
run it where the notebook's data are. The values go to `trained` beside this file, with their
metrics; to put them into the service, name its folder `quotes/values` with `--values`.
"""

from quotes import training as _training

_parser = _training.parser(__doc__)
_parser.add_argument("--seed", type=int, default=4, help="int")
# before the slow imports, so that --help and a wrong option are answered at once
_options = _training.read(_parser, __file__)

import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

_training.step(1, 5, "cell 3: seed")
seed = _options.seed

_training.step(2, 5, "cell 4: random, GOODS, EXTRA_CARE, count, jobs, care, …")
# Past jobs as the office would have written them down.
random = np.random.default_rng(seed)
GOODS = ["boxes", "books", "sofa", "piano", "aquarium", "mirror", "desk", "plants"]
EXTRA_CARE = {
    "piano": 2.6,
    "aquarium": 1.9,
    "mirror": 1.1,
}  # hours, known only to whoever made up the data
count = 600
jobs = pd.DataFrame(
    {
        "volume": random.gamma(6.0, 5.0, count).round(1),
        "distance": random.gamma(2.0, 40.0, count).round(1),
        "floor": random.integers(0, 6, count),
        "lift": random.random(count) < 0.4,
        "note": [
            " ".join(random.choice(GOODS, random.integers(1, 4), replace=False))
            for _ in range(count)
        ],
    }
)
care = jobs["note"].map(lambda note: sum(EXTRA_CARE.get(word, 0.0) for word in note.split()))
stairs = jobs["floor"] * ~jobs["lift"]
jobs["hours"] = (
    2
    + 0.3 * jobs["volume"]
    + 0.03 * jobs["distance"]
    + 0.6 * stairs
    + care
    + random.normal(0, 0.7, count)
)
jobs["damage"] = random.random(count) < 1 / (1 + np.exp(3.2 - 0.5 * care - 0.3 * stairs))
train, test = jobs.iloc[:450], jobs.iloc[450:]

_training.step(3, 5, "cell 5: base, left, WORD_HOURS, word, has_it")
# Which words make a job longer than its volume and distance explain: learned, not asked.
base = LinearRegression().fit(train[["volume", "distance"]], train["hours"])
left = train["hours"] - base.predict(train[["volume", "distance"]])
WORD_HOURS = {}
for word in sorted({word for note in train["note"] for word in note.split()}):
    has_it = train["note"].str.contains(word)
    WORD_HOURS[word] = round(float(left[has_it].mean() - left[~has_it].mean()), 2)

_training.step(4, 5, "cell 6: care_hours, row_of")


def care_hours(note):
    """The hours that the words of a note add; words that no past job had add none."""
    return sum(WORD_HOURS.get(word, 0.0) for word in note.lower().split())


def row_of(job):
    # Stairs count only where nobody can take the lift.
    return [job.volume, job.distance, 0 if job.lift else job.floor, care_hours(job.note)]


_training.step(5, 5, "cell 7: X, hours_model, risk_model, risk_limit")
X = np.array([row_of(job) for job in train.itertuples()])
hours_model = make_pipeline(StandardScaler(), LinearRegression()).fit(X, train["hours"])
risk_model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, train["damage"])
# The tenth of the jobs with the greatest risk gets an insurance.
risk_limit = float(np.quantile(risk_model.predict_proba(X)[:, 1], 0.9))

_training.save(
    _options,
    globals(),
    "quotes.notebook",
    values=["hours_model", "risk_limit", "risk_model", "WORD_HOURS"],
    metrics=[],
)
