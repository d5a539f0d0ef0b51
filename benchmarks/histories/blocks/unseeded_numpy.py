# %% gives spread draw
import numpy as np
# %% draw
sample = np.random.normal(size=6)
# %%
spread = round(float(sample.std()), 6)
print(spread)
# %%
len(sample)
