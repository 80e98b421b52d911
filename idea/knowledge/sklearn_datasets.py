"""The tables that come with scikit-learn, which need no file."""

from dataclasses import dataclass

_CANCER = (
    "radius texture perimeter area smoothness compactness concavity concave_points symmetry "
    "fractal_dimension".split()
)


@dataclass(frozen=True)
class Toy:
    """A table of `sklearn.datasets`: its features, its classes (empty: a number), its rows."""

    features: tuple[str, ...]
    classes: tuple[str, ...]
    rows: int


# What makes rows up, in scikit-learn and NumPy.
MADE_UP = ("sklearn.datasets.make_", "numpy.random.")
# Those of former releases.
REMOVED = frozenset({"load_boston", "fetch_mldata"})
TOYS = {
    "load_iris": Toy(
        tuple(f"{part} {size} (cm)" for part in ("sepal", "petal") for size in ("length", "width")),
        ("setosa", "versicolor", "virginica"),
        150,
    ),
    "load_wine": Toy(
        tuple(
            "alcohol malic_acid ash alcalinity_of_ash magnesium total_phenols flavanoids "
            "nonflavanoid_phenols proanthocyanins color_intensity hue "
            "od280/od315_of_diluted_wines proline".split()
        ),
        ("class_0", "class_1", "class_2"),
        178,
    ),
    "load_breast_cancer": Toy(
        tuple(
            pattern.format(name.replace("_", " "))
            for pattern in ("mean {}", "{} error", "worst {}")
            for name in _CANCER
        ),
        ("malignant", "benign"),
        569,
    ),
    "load_diabetes": Toy(tuple("age sex bmi bp s1 s2 s3 s4 s5 s6".split()), (), 442),
    "load_digits": Toy(
        tuple(f"pixel_{row}_{column}" for row in range(8) for column in range(8)),
        tuple("0123456789"),
        1797,
    ),
    "fetch_california_housing": Toy(
        tuple("MedInc HouseAge AveRooms AveBedrms Population AveOccup Latitude Longitude".split()),
        (),
        20640,
    ),
}
