# %% gives noise_mean
import numpy as np

np.random.seed(3)
# %%
noise = np.random.normal(size=5)
# %%
more = np.random.uniform(0, 1, 3)
# %%
noise_mean = round(float(noise.mean()), 6)
print(noise.round(3), more.round(3))
