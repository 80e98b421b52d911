# %% [markdown]
# # Malignant or benign?
#
# The breast cancer data that ships with scikit-learn: 30 measurements of cell nuclei per tumour.
# They are strongly correlated, so: scale, compress with PCA, then a support vector machine.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer
from sklearn.decomposition import PCA
from sklearn.metrics import classification_report, confusion_matrix
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

# %% Load
cancer = load_breast_cancer()
df = pd.DataFrame(cancer.data, columns=cancer.feature_names)
df["target"] = cancer.target
df.shape

# %%
cancer.target_names  # 0 = malignant, 1 = benign

# %%
df.iloc[:, -1].value_counts()

# %% [markdown]
# ## Ten measurements, three times
#
# The columns come in blocks of ten: means, standard errors, worst values.

# %%
df.iloc[:, :10].describe().T

# %%
corr = df.iloc[:, :10].corr()
plt.imshow(corr, cmap="coolwarm", vmin=-1, vmax=1)
plt.colorbar()
plt.show()

# %% [markdown]
# ## Split

# %%
X = df.iloc[:, :-1].values
y = df.iloc[:, -1].values
X_train, X_test, y_train, y_test = train_test_split(
    X, y, test_size=0.2, stratify=y, random_state=1
)
X_train.shape, X_test.shape

# %% [markdown]
# ## How many components?

# %%
pca = PCA().fit(StandardScaler().fit_transform(X_train))
np.cumsum(pca.explained_variance_ratio_)[:12].round(3)

# %% [markdown]
# ## Cross-validation

# %%
pipe = make_pipeline(StandardScaler(), PCA(n_components=10), SVC(random_state=1))
cv = StratifiedKFold(n_splits=10, shuffle=True, random_state=1)
scores = cross_val_score(pipe, X_train, y_train, cv=cv)
print(f"CV accuracy: {scores.mean():.3f} +/- {scores.std():.3f}")

# %% [markdown]
# ## Grid search

# %%
c_range = [0.01, 0.1, 1.0, 10.0, 100.0]
param_grid = [
    {"svc__C": c_range, "svc__kernel": ["linear"], "pca__n_components": [5, 10, 15]},
    {
        "svc__C": c_range,
        "svc__gamma": [0.001, 0.01, 0.1],
        "svc__kernel": ["rbf"],
        "pca__n_components": [5, 10, 15],
    },
]
gs = GridSearchCV(pipe, param_grid, scoring="accuracy", cv=cv)
gs.fit(X_train, y_train)
print(gs.best_score_)
print(gs.best_params_)

# %% [markdown]
# ## Test

# %%
clf = gs.best_estimator_
clf.fit(X_train, y_train)
print(f"Test accuracy: {clf.score(X_test, y_test):.3f}")

# %%
y_pred = clf.predict(X_test)
print(confusion_matrix(y_test, y_pred))
print(classification_report(y_test, y_pred, target_names=cancer.target_names))
