"""Which calls of well-known libraries load data, score, plot or build an estimator, by their full dotted names.

`pandas.read_csv` loads, `sklearn.metrics.r2_score` scores; what no pattern names means nothing.
"""

from __future__ import annotations

import ast
from fnmatch import fnmatchcase

# what a function of a service may ask of an estimator
SERVED_METHODS = frozenset({"predict", "predict_proba", "decision_function", "transform", "kneighbors"})

_READERS = (
    "pandas.read_*",
    "polars.read_*",
    "polars.scan_*",
    "geopandas.read_*",
    "dask.dataframe.read_*",
    "pyarrow.*.read_*",
    "numpy.load",
    "numpy.loadtxt",
    "numpy.genfromtxt",
    "numpy.fromfile",
    "seaborn.load_dataset",
    "datasets.load_dataset",
    "tensorflow_datasets.load",
    "xarray.open_*",
    "xarray.load_*",
    "scipy.io.loadmat",
    "json.load",
    "csv.reader",
    "csv.DictReader",
)
# `sklearn.datasets.load_iris`, `keras.datasets.mnist.load_data`, `shap.datasets.adult`
_DATASETS = "datasets"
_NO_DATASETS = ("dump*", "clear*", "get_data_home")

_MAKERS = ("numpy.random.*", "pandas.DataFrame", "polars.DataFrame")
_NO_MAKERS = frozenset({"seed", "default_rng", "RandomState", "Generator", "PCG64", "set_state", "get_state"})
GENERATORS = frozenset({"numpy.random.default_rng", "numpy.random.RandomState", "numpy.random.Generator"})

_ANSWER_METHODS = frozenset({"decision_function", "fit_predict", "forecast"})
# a pickled object is a model more often than data
_ANSWERING = frozenset(
    {
        "sklearn.model_selection.cross_val_predict",
        "pickle.load",
        "pickle.loads",
        "joblib.load",
        "dill.load",
        "cloudpickle.load",
    }
)

_METRICS = frozenset({"metrics", "performance_metrics"})
_NO_METRICS = ("pairwise*", "*_distances", "*_similarity", "*_kernel", "*_kernels", "*scorer*", "check_*")
# modules called so whose functions measure how far rows are from each other
_NO_METRIC_MODULES = frozenset({"pairwise", "tslearn"})
_SCORERS = frozenset(
    {
        "sklearn.model_selection.cross_val_score",
        "sklearn.model_selection.cross_validate",
        "sklearn.model_selection.permutation_test_score",
        "sklearn.cross_validation.cross_val_score",
        "sktime.forecasting.model_evaluation.evaluate",
        "xgboost.cv",
        "lightgbm.cv",
    }
)
_CURVES = frozenset({"roc_curve", "precision_recall_curve", "det_curve"})

_PLOTTERS = frozenset({"matplotlib", "seaborn", "plotly", "altair", "bokeh", "pylab", "plotnine"})

_ESTIMATOR_LIBRARIES = frozenset(
    {
        "sklearn",
        "xgboost",
        "lightgbm",
        "catboost",
        "imblearn",
        "keras",
        "tensorflow",
        "statsmodels",
        "prophet",
        "hdbscan",
        "umap",
        "sktime",
        "tslearn",
        "sksurv",
        "mapie",
        "skrub",
        "category_encoders",
        "feature_engine",
        "mlxtend",
        "lifelines",
        "pmdarima",
        "hmmlearn",
    }
)
_TRAINERS = frozenset({"xgboost.train", "lightgbm.train", "pmdarima.auto_arima", "pmdarima.arima.auto_arima"})
_TRANSFORMERS = (
    "sklearn.preprocessing.*",
    "sklearn.impute.*",
    "sklearn.feature_extraction.*",
    "sklearn.feature_selection.*",
    "sklearn.decomposition.*",
    "sklearn.random_projection.*",
    "sklearn.kernel_approximation.*",
    "sklearn.manifold.*",
    "sklearn.compose.ColumnTransformer",
    "sklearn.compose.make_column_transformer",
    "category_encoders.*",
    "umap.*",
)
_MAKERS_OF_ESTIMATORS = {
    "sklearn.pipeline.make_pipeline": "Pipeline",
    "sklearn.pipeline.make_union": "FeatureUnion",
    "sklearn.compose.make_column_transformer": "ColumnTransformer",
    "imblearn.pipeline.make_pipeline": "Pipeline",
}
_DATA_CLASSES = frozenset(
    {"DataFrame", "LazyFrame", "GeoDataFrame", "Series", "Index", "Dataset", "DataLoader", "DMatrix", "Pool"}
)


def loads(dotted: str) -> bool:
    """Whether a call reads a file, a database or a bundled data set, or makes one."""
    *path, last = dotted.split(".")
    if _DATASETS in path and path != [_DATASETS]:
        return not _matches(last, _NO_DATASETS)
    return _matches(dotted, _READERS)


def makes(dotted: str) -> bool:
    """Whether a call makes rows from nothing: random numbers, a frame written out."""
    return _matches(dotted, _MAKERS) and dotted.rpartition(".")[2] not in _NO_MAKERS


def scores(dotted: str) -> bool:
    """Whether a call gives a number that says how good answers are."""
    *path, last = dotted.split(".")
    if not _METRICS.isdisjoint(path):
        return (
            all(map(is_function, [*path, last]))
            and not _matches(last, _NO_METRICS)
            and _NO_METRIC_MODULES.isdisjoint(path)
        )
    return dotted in _SCORERS


def is_curve(dotted: str) -> bool:
    """Whether a scoring call gives the points of a curve, which are drawn more often than read."""
    return dotted.rpartition(".")[2] in _CURVES


def plots(dotted: str) -> bool:
    """Whether a call belongs to a library that draws."""
    return dotted.partition(".")[0] in _PLOTTERS


def trains(dotted: str) -> bool:
    """Whether a function gives back a fitted model."""
    return dotted in _TRAINERS


def answers(dotted: str) -> bool:
    """Whether a function of a library gives answers, the points of a curve, or an object that was pickled."""
    return dotted in _ANSWERING or is_curve(dotted)


def is_answer(method: str) -> bool:
    """Whether a method gives an estimator's answers: `predict`, `predict_proba`, `predict_interval`."""
    return method.startswith("predict") or method in _ANSWER_METHODS


def opens_for_reading(call: ast.Call) -> bool:
    """Whether `open(…)` opens a file to read it."""
    mode = call.args[1] if len(call.args) > 1 else next((k.value for k in call.keywords if k.arg == "mode"), None)
    return mode is None or (isinstance(mode, ast.Constant) and str(mode.value) in ("r", "rt", "rb"))


def estimator_class(dotted: str) -> str | None:
    """The class of the estimator that a call builds, None where it builds none that is known."""
    if dotted in _MAKERS_OF_ESTIMATORS:
        return _MAKERS_OF_ESTIMATORS[dotted]
    root, _, rest = dotted.partition(".")
    last = rest.rpartition(".")[2]
    return last if root in _ESTIMATOR_LIBRARIES and last and not is_function(last) else None


def is_of_estimators(dotted: str) -> bool:
    """Whether a call belongs to a library of estimators."""
    return dotted.partition(".")[0] in _ESTIMATOR_LIBRARIES


def is_baseline(class_name: str) -> bool:
    """Whether an estimator only shows what guessing would reach."""
    return class_name in ("DummyClassifier", "DummyRegressor")


def transforms(dotted: str) -> bool:
    """Whether the estimator that a call builds only prepares rows for another."""
    return _matches(dotted, _TRANSFORMERS)


def builds_no_rows(name: str) -> bool:
    """Whether a call of this name builds an object that is not rows: `Pipeline(…)`, `KFold(…)`, `Net(…)`."""
    return name[:1].isalpha() and not is_function(name) and name not in _DATA_CLASSES


def is_function(name: str) -> bool:
    """Whether a name is written as functions are."""
    return not name.lstrip("_")[:1].isupper()


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
