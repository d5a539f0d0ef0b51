# %% gives middle
import numpy as np
# %%
marks = np.array([5, 2, 9, 1, 7])
# %% change
marks.sort()
# %%
middle = int(marks[len(marks) // 2])
marks, middle
