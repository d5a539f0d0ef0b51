# %% gives tested draw
import numpy as np
from sklearn.linear_model import Ridge
from sklearn.model_selection import train_test_split
# %%
inputs = np.arange(60.0).reshape(30, 2) ** 0.5
outputs = inputs[:, 0] * 3 + np.sin(inputs[:, 1] * 5)
# %% draw
in_train, in_test, out_train, out_test = train_test_split(inputs, outputs)
# %%
ridge = Ridge(alpha=0.3).fit(in_train, out_train)
# %%
tested = ridge.score(in_test, out_test)
print(round(tested, 5), len(in_test))
