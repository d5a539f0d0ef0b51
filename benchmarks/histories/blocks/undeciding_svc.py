# %% gives supports draw
import numpy as np
from sklearn.svm import SVC
# %%
places = np.array([[0.0, 0.0], [1.0, 0.2], [0.3, 1.0], [4.0, 4.0], [4.5, 5.0], [5.0, 4.2]])
sides = np.array([0, 0, 0, 1, 1, 1])
# %% draw
machine = SVC(C=1.5).fit(places, sides)
# %%
supports = int(machine.n_support_.sum())
machine.predict([[0.5, 0.5], [4.0, 5.0]]), supports
