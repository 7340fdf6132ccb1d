"""scikit-learn: every estimator that learns, answers or transforms, the user's own and other libraries' included."""

from jupyter_mlsec.interception import Library, fits, predicts, transforms

LIBRARY = Library(
    name="scikit-learn",
    module="sklearn",
    versions=("1.5", "2"),
    estimators="sklearn.base.BaseEstimator",
    watches=(
        fits("fit"),
        fits("fit_transform"),
        fits("fit_predict"),
        predicts("predict"),
        predicts("predict_proba"),
        transforms("transform"),
    ),
)
