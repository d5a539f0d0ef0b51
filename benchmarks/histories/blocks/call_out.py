# %% gives peak
import numpy as np
# %%
signal = np.array([1.0, 4.0, 2.0])
# %% change
np.multiply(signal, 1.5, out=signal)
# %%
peak = float(signal.max())
signal
