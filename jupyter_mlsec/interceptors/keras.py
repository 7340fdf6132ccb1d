"""keras: models fitted, asked, saved and loaded, on whichever backend.

Not seen: `model(x)` on another backend than torch; on torch it is a forward pass as any other. `Model.export`.
"""

from jupyter_mlsec.interception import Library, fits, predicts, reads, writes

LIBRARY = Library(
    name="keras",
    module="keras",
    versions=("3", "4"),
    watches=(
        reads("src.saving.saving_api:load_model", resource="filepath", format="keras", sealing="folder"),
        writes("src.models.model:Model.save", resource="filepath", format="keras", sealing="folder"),
        writes("src.models.model:Model.save_weights", resource="filepath", format="keras", sealing="folder"),
        reads("src.models.model:Model.load_weights", resource="filepath", format="keras", sealing="folder"),
        fits("src.models.model:Model.fit", value="x"),
        fits("src.models.model:Model.train_on_batch", value="x"),
        predicts("src.models.model:Model.predict", value="x"),
        predicts("src.models.model:Model.predict_on_batch", value="x"),
        predicts("src.models.model:Model.evaluate", value="x"),
        predicts("src.models.model:Model.test_on_batch", value="x"),
    ),
)
