# %% gives depth
import numpy as np
from sklearn.tree import DecisionTreeClassifier
# %%
features = np.array([[0, 1], [1, 1], [2, 0], [3, 0], [4, 1], [5, 0]], dtype=float)
target = np.array([0, 0, 1, 1, 0, 1])
# %%
tree = DecisionTreeClassifier(max_depth=3, random_state=0).fit(features, target)
# %%
depth = tree.get_depth()
tree.predict(features), depth
