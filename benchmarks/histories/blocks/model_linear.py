# %% gives slope
import numpy as np
from sklearn.linear_model import LinearRegression
# %%
hours = np.array([[1.0], [2.0], [3.0], [5.0]])
grades = np.array([2.0, 2.9, 4.2, 6.1])
# %%
line = LinearRegression().fit(hours, grades)
# %%
slope = round(float(line.coef_[0]), 4)
slope, round(line.score(hours, grades), 4)
