"""scikit-learn: every estimator that learns, answers or transforms, the user's own and other libraries' included."""

from jupyter_mlsec.interception import Library, fits, predicts, transforms

LIBRARY = Library(
    name="scikit-learn",
    module="sklearn",
    versions=("1.4", "2"),
    estimators="sklearn.base.BaseEstimator",
    watches=(
        fits("fit"),
        fits("partial_fit"),
        fits("fit_transform"),
        fits("fit_predict"),
        fits("fit_resample"),
        predicts("predict"),
        predicts("predict_proba"),
        predicts("predict_log_proba"),
        predicts("decision_function"),
        predicts("staged_predict"),
        predicts("staged_predict_proba"),
        predicts("staged_decision_function"),
        predicts("score"),
        predicts("score_samples"),
        predicts("apply"),
        predicts("kneighbors"),
        transforms("transform"),
        transforms("inverse_transform"),
    ),
)
