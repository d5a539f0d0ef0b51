# %% gives norm
import numpy as np
# %%
matrix = np.arange(9).reshape(3, 3) + np.eye(3)
# %%
inverse = np.linalg.inv(matrix @ matrix.T)
# %%
norm = round(float(np.abs(inverse).sum()), 6)
print(inverse.round(3))
print(norm)
